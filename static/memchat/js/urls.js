// Addresses of things that have an id. The page carries each with the nil UUID in the place of the id.
const NIL = "00000000-0000-0000-0000-000000000000";

export function fillIn(pattern, id) {
  return pattern.replace(NIL, id);
}

/** The address of a "thread", or of a message's "source" or "html". */
export function urlOf(name, id) {
  return fillIn(document.getElementById("chat").dataset[`${name}Pattern`], id);
}
