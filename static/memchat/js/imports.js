// Shows how far an import is, and loads the page anew when there is something else to see.
const EVERY = 1_000;
const ANNOUNCE_EVERY = 10_000;

function watch(section) {
  const { url, state } = section.dataset;
  const bar = section.querySelector("[data-bar]");
  const text = section.querySelector("[data-text]");
  const status = section.querySelector("[data-status]");
  let wait = EVERY;
  let announced = 0;

  async function look() {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (answer.redirected || !answer.ok) throw new Error(answer.statusText);
      const told = await answer.json();
      if (told.state !== state) return location.reload();
      bar.value = told.percent;
      text.textContent = told.text;
      if (Date.now() - announced > ANNOUNCE_EVERY) {
        announced = Date.now();
        status.textContent = told.text;
      }
      wait = EVERY;
    } catch {
      wait = Math.min(2 * wait, 15_000);
    }
    setTimeout(look, wait);
  }

  setTimeout(look, wait);
}

const section = document.getElementById("progress");
if (section) watch(section);

// A large file takes a while to send, and the page must say so.
const form = document.querySelector("form[data-upload]");
form?.elements.file.addEventListener("change", ({ target }) => {
  const size = target.files[0]?.size ?? 0;
  target.setCustomValidity(size > Number(form.dataset.maxBytes) ? form.dataset.tooLarge : "");
  target.reportValidity();
});
form?.addEventListener("submit", () => {
  form.querySelector("[data-uploading]").hidden = false;
  form.querySelector("button[type=submit]").setAttribute("aria-disabled", "true");
});
