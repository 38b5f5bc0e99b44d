// The page of a job that is under way is fetched every two seconds, as long as somebody looks at it, and shown in place.
const EVERY = 2000;

async function refresh() {
    if (!document.getElementById("job-moving")) return;
    if (!document.hidden) {
        try {
            const response = await fetch(location.href, { signal: AbortSignal.timeout(5000) });
            if (response.ok && !response.redirected) {
                const page = new DOMParser().parseFromString(await response.text(), "text/html");
                const now = page.querySelector(".qm-object");
                if (now) document.querySelector(".qm-object").replaceWith(now);
            }
        } catch {
            // The server is away for the moment: the next try may find it.
        }
    }
    setTimeout(refresh, EVERY);
}

setTimeout(refresh, EVERY);
