// "Add row" copies the last row of the table, empty, under the next number.
document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-row]");
    if (!button) return;
    const form = button.closest("form");
    const total = form.querySelector("[name='rows-TOTAL_FORMS']");
    const rows = form.querySelectorAll(".qm-rows tbody tr");
    const row = rows[rows.length - 1].cloneNode(true);
    row.querySelectorAll(".qm-field-error").forEach((error) => error.remove());
    const renumber = (element, name) => element.setAttribute(name, element.getAttribute(name).replace(/rows-\d+-/, `rows-${total.value}-`));
    row.querySelectorAll("label").forEach((label) => renumber(label, "for"));
    row.querySelectorAll("[data-row]").forEach((number) => (number.textContent = Number(total.value) + 1));
    row.querySelectorAll("input, select, textarea").forEach((field) => {
        renumber(field, "name");
        renumber(field, "id");
        for (const mistaken of ["aria-invalid", "aria-describedby"]) field.removeAttribute(mistaken);
        field.value = "";
    });
    total.value = Number(total.value) + 1;
    rows[rows.length - 1].after(row);
    row.querySelector("input, select").focus();
});
