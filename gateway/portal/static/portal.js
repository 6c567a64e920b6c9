// The script of the portal, on top of that of every page. Each part works alone, and all that is done is done by forms
// that work without it.
import * as fields from "./fields.js";
import * as form_keys from "./form_keys.js";
import * as look from "./look.js";
import * as relogin from "./relogin.js";
import * as told from "./told.js";
import * as typed from "./typed.js";
import * as unsaved from "./unsaved.js";

for (const part of [relogin, unsaved, fields, typed, look, form_keys, told]) part.start();
