// The appearance the person chose: "light", "dark", or nothing for the system's. Loaded before the page is
// painted, so that nothing flashes; hence not a module.
(() => {
  const KEY = "memchat:theme";
  const root = document.documentElement;
  root.classList.add("js");

  const chosen = () => {
    try {
      return localStorage.getItem(KEY) ?? "";
    } catch {
      return "";
    }
  };

  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    // The browser's own frame: one colour for each scheme, or only that of the one chosen.
    for (const meta of document.querySelectorAll("[data-theme-color]")) {
      const scheme = meta.dataset.themeColor;
      meta.media = !theme ? `(prefers-color-scheme: ${scheme})` : scheme === theme ? "all" : "not all";
    }
    for (const radio of document.querySelectorAll("[data-theme-choice] input")) radio.checked = radio.value === theme;
  };

  show(chosen());
  addEventListener("storage", (event) => event.key === KEY && show(chosen()));
  document.addEventListener("DOMContentLoaded", () => {
    show(chosen());
    document.querySelector("[data-theme-choice]")?.addEventListener("change", (event) => {
      show(event.target.value);
      try {
        localStorage.setItem(KEY, event.target.value);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
    });
  });
})();
