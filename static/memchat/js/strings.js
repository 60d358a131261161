// The page's sentences and icons, which the server has put into a template in the person's language.
const source = document.getElementById("strings").content;

/** The person's language, with the digits that the server writes. */
export const language = new Intl.Locale(document.documentElement.lang, { numberingSystem: "latn" });
const plurals = new Intl.PluralRules(language);

/** Of a sentence that says a number `n`, the form that the number asks for; the last is for all that have none. */
export function string(name, values = {}) {
  const forms = Array.from(source.querySelectorAll(`[data-string="${name}"]`));
  const fitting = "n" in values && forms.find((form) => form.dataset.count === plurals.select(Number(values.n)));
  const text = (fitting || forms.at(-1))?.textContent ?? "";
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export function icon(name) {
  const found = Array.from(source.querySelectorAll("svg")).find((svg) =>
    svg.firstElementChild.getAttribute("href").endsWith(`#${name}`),
  );
  return found.cloneNode(true);
}
