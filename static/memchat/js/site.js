// What every page needs: the shortcuts, and leaving nothing behind at sign-out.
import "./leaving.js";
import { SearchDialog } from "./search.js";
import { Shortcuts } from "./shortcuts.js";

const list = document.getElementById("shortcuts");
if (list) {
  const search = new SearchDialog(document.getElementById("search"));
  new Shortcuts(list, { search: () => search.toggle() }).listen();
}
