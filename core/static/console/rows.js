// "Add row" copies the last row of the table, empty, under the next number.
document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-row]");
    if (!button) return;
    const form = button.closest("form");
    const total = form.querySelector("[name='rows-TOTAL_FORMS']");
    const rows = form.querySelectorAll(".qm-rows tbody tr");
    const row = rows[rows.length - 1].cloneNode(true);
    row.querySelectorAll(".qm-field-error").forEach((error) => error.remove());
    row.querySelectorAll("input, select, textarea").forEach((field) => {
        for (const name of ["name", "id"]) {
            field.setAttribute(name, field.getAttribute(name).replace(/rows-\d+-/, `rows-${total.value}-`));
        }
        field.value = "";
    });
    total.value = Number(total.value) + 1;
    rows[rows.length - 1].after(row);
    row.querySelector("input, select").focus();
});
