// The page's sentences and icons, which the server has put into a template in the person's language.
const source = document.getElementById("strings").content;

export function string(name, values = {}) {
  const text = source.querySelector(`[data-string="${name}"]`)?.textContent ?? "";
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export function icon(name) {
  const found = Array.from(source.querySelectorAll("svg")).find((svg) =>
    svg.firstElementChild.getAttribute("href").endsWith(`#${name}`),
  );
  return found.cloneNode(true);
}
