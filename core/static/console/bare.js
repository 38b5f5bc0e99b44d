// A page outside the console's frame takes its colours from what was chosen there, and leads back to where one came from.
const chosen = JSON.parse(localStorage.getItem("adminTheme") ?? '"auto"');
const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.classList.toggle("dark", dark);
addEventListener("DOMContentLoaded", () => {
    const back = document.querySelector("[data-back]");
    back.hidden = history.length < 2;
    back.addEventListener("click", () => history.back());
});
