// The one place where a string becomes markup. It takes only what the server has rendered and sanitised.
const policy = globalThis.trustedTypes?.createPolicy("memchat", { createHTML: (html) => html });

export function showSanitisedHtml(element, html) {
  element.innerHTML = policy ? policy.createHTML(html) : html;
}

export function sanitisedFragment(html) {
  const template = document.createElement("template");
  showSanitisedHtml(template, html);
  return template.content;
}
