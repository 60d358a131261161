// The files of a message, as its cards show them: an image small, of other files the name.

/** Show these files in a message's list. */
export function showCards(list, files) {
  list.replaceChildren(...files.map(card));
  list.hidden = !files.length;
}

function card({ id, kind, name, about, url, preview, width, height }) {
  const element = document.getElementById("attachment-card").content.firstElementChild.cloneNode(true);
  const isImage = kind === "image";
  element.dataset.attachment = id;
  element.dataset.kind = kind;
  const link = element.querySelector("a");
  link.href = url;
  if (isImage) link.target = "_blank";
  const image = element.querySelector("img");
  if (!isImage) {
    image.remove();
    element.querySelector("[data-name]").textContent = name;
    element.querySelector("[data-about]").textContent = about;
    return element;
  }
  element.querySelector("[data-file]").remove();
  Object.assign(image, { alt: name, src: preview });
  if (width && height) Object.assign(image, { width, height });
  return element;
}
