// The page of a job that is under way is fetched every two seconds, as long as somebody looks at it, and shown in place.
const EVERY = 2000;

// What has the focus keeps it: the page that replaces it has the same control, by its words.
function replaceBy(now) {
    const shown = document.querySelector(".qm-object");
    const focused = shown.contains(document.activeElement) ? document.activeElement : null;
    shown.replaceWith(now);
    if (!focused) return;
    const same = (control) => control.tagName === focused.tagName && control.textContent === focused.textContent;
    [...now.querySelectorAll("a, button, [tabindex]")].find(same)?.focus();
}

async function refresh() {
    if (!document.getElementById("job-moving")) return;
    if (!document.hidden) {
        try {
            const response = await fetch(location.href, { signal: AbortSignal.timeout(5000) });
            if (response.ok && !response.redirected) {
                const page = new DOMParser().parseFromString(await response.text(), "text/html");
                const now = page.querySelector(".qm-object");
                if (now) replaceBy(now);
            }
        } catch {
            // The server is away for the moment: the next try may find it.
        }
    }
    setTimeout(refresh, EVERY);
}

setTimeout(refresh, EVERY);
