// A page that comes back with mistakes begins at the first of them, for whoever can't see where it is.
const mistake = document.querySelector("main [aria-invalid=true], main form .qm-note[role=alert]");
if (mistake) {
    if (!mistake.matches("input, select, textarea")) mistake.tabIndex = -1;
    mistake.focus();
}
