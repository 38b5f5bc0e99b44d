// A book's page asks every two seconds how the book stands now, as long as somebody looks at it.
const EVERY = 2000;
const PATIENCE = 5000;

const depth = document.querySelector("[data-book]");
const ask = document.querySelector("[data-book-ask]");
const told = JSON.parse(document.getElementById("book-chart").textContent);
const shown = new Map();
let repeat = told.repeat;
let asking = null;
let timer = null;

const colour = (name) => getComputedStyle(document.querySelector(".qm-card")).getPropertyValue(name).trim();
const money = (minor) => (minor / 10 ** told.digits).toLocaleString("en-GB", { minimumFractionDigits: told.digits });

// A side's steps from its best price to a little beyond its last, though no further than 0, in the order of prices:
// Chart.js wants them ascending.
function line(side, points, margin) {
    if (!points.length) return [];
    const [last, all] = points.at(-1);
    const steps = points.map(([x, y]) => ({ x, y }));
    const data = [{ x: points[0][0], y: 0 }, ...steps, { x: side === "Sell" ? Math.max(last - margin, 0) : last + margin, y: all }];
    return side === "Sell" ? data.reverse() : data;
}

function lines(points) {
    const prices = Object.values(points).flat().map(([price]) => price);
    const margin = Math.max((Math.max(...prices) - Math.min(...prices)) / 50, Math.min(...prices) / 200);
    return Object.fromEntries(Object.entries(points).map(([side, levels]) => [side, line(side, levels, margin)]));
}

function side(label, stepped) {
    return { label, stepped, data: lines(told.points)[label], fill: "origin", borderWidth: 2, pointRadius: 0 };
}

// Neither a price nor an amount is below 0, so that no axis is.
function fromNothing(scale) {
    scale.min = Math.max(scale.min, 0);
}

const chart = new Chart(depth.querySelector("canvas"), {
    type: "line",
    data: { datasets: [side("Sell", "after"), side("Buy", "before")] },
    options: {
        animation: false,
        maintainAspectRatio: false,
        parsing: false,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: {
            x: { type: "linear", afterDataLimits: fromNothing, title: { display: true, text: `Price in ${told.currency}` }, ticks: { maxTicksLimit: 8, maxRotation: 0, callback: money } },
            y: { beginAtZero: true, afterDataLimits: fromNothing, title: { display: true, text: "Amount up to it" }, ticks: { maxTicksLimit: 6 } },
        },
        plugins: {
            legend: { display: true, align: "end", labels: { boxWidth: 12, boxHeight: 12 } },
            tooltip: {
                callbacks: {
                    title: ([item]) => `${money(item.parsed.x)} ${told.currency}`,
                    label: (item) => `${item.dataset.label}: ${item.parsed.y.toLocaleString("en-GB")}`,
                },
            },
        },
    },
});

function paint() {
    for (const dataset of chart.data.datasets) {
        const tone = colour(`--qm-${dataset.label.toLowerCase()}`);
        dataset.borderColor = dataset.pointHoverBackgroundColor = dataset.pointHoverBorderColor = tone;
        dataset.backgroundColor = tone.replace(")", " / .2)");
    }
    for (const scale of Object.values(chart.options.scales)) {
        scale.grid = { color: colour("--qm-line") };
        scale.ticks.color = scale.title.color = colour("--qm-quiet");
    }
    chart.options.plugins.legend.labels.color = colour("--qm-text");
    chart.update();
}

function draw(points) {
    const drawn = lines(points);
    for (const dataset of chart.data.datasets) dataset.data = drawn[dataset.label];
    chart.update();
}

// A part is replaced only when it says something else, and a link in it that has the focus keeps it.
function show(name, text) {
    if (shown.get(name) === text) return;
    shown.set(name, text);
    const part = document.querySelector(`[data-book-part="${name}"]`);
    const focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
    part.innerHTML = text;
    if (focused) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

function say(lost) {
    document.querySelector("[data-book-lost]").textContent = lost;
}

async function refresh(asked) {
    clearTimeout(timer);
    asking?.abort();
    const mine = (asking = new AbortController());
    const late = setTimeout(() => mine.abort(), PATIENCE);
    const query = asked || repeat ? location.search : "";
    try {
        const answer = await fetch(depth.dataset.book + query, { signal: mine.signal });
        if (answer.redirected) return say("You are signed out. Reload the page to sign in.");
        if (!answer.ok) throw new Error(answer.statusText);
        const now = await answer.json();
        draw(now.chart);
        const priced = query || !location.search;
        for (const [name, text] of Object.entries(now.parts)) if (name !== "price" || priced) show(name, text);
        if (priced) repeat = now.repeat;
        document.querySelector("[data-book-time]").textContent = `Updated ${now.at}`;
        say("");
    } catch {
        if (mine === asking) say("The server did not answer. Trying again…");
    } finally {
        clearTimeout(late);
        if (mine === asking && !document.hidden) timer = setTimeout(refresh, EVERY);
    }
}

ask.addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(null, "", `?${new URLSearchParams(new FormData(ask))}`);
    refresh(true);
});
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));
new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["class"] });
paint();
timer = setTimeout(refresh, EVERY);
