// The form's token goes into the address, so that going back finds this form again, not a new one that acts again.
const form = document.querySelector("form[data-own-address]");
if (form) history.replaceState(history.state, "", form.dataset.ownAddress);
