// The script of the portal, on top of that of every page. Each part works alone, and all that is done is done by forms
// that work without it.
import * as relogin from "./relogin.js";

for (const part of [relogin]) part.start();
