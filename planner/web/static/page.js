// What the page does in the browser beside htmx: nothing that the server does not also do.
"use strict";

// A slider and the number beside it show the same.
document.addEventListener("input", (event) => {
  const from = event.target;
  const name = from.dataset.with;
  if (!name) return;
  const to = document.getElementById(name);
  if (to && to.value !== from.value) {
    to.value = from.value;
    to.dispatchEvent(new Event("change", { bubbles: true }));
  }
});

// A list that sends its form as soon as another entry is chosen.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
});

// A form that was sent is not sent twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});
