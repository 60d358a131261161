// What every page needs: the shortcuts, and leaving nothing behind at sign-out.
import "./leaving.js";
import { SearchDialog } from "./search.js";
import { Shortcuts } from "./shortcuts.js";

const list = document.getElementById("shortcuts");
if (list) {
  const search = new SearchDialog(document.getElementById("search"));
  new Shortcuts(list, { search: () => search.toggle() }).listen();
}

// A page that the browser has kept whole and brings back is asked for anew: its person may have signed out meanwhile.
addEventListener("pageshow", ({ persisted }) => persisted && document.body.dataset.user && location.reload());
