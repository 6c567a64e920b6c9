// The script of every page. Each part works alone, and every act is a form that works without all of them.
import * as ask from "./ask.js";
import * as away from "./away.js";
import * as clock from "./clock.js";
import * as combobox from "./combobox.js";
import * as fold from "./fold.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as reasons from "./reasons.js";
import * as rows from "./rows.js";
import * as stream from "./stream.js";
import * as toasts from "./toasts.js";

for (const part of [live, rows, reasons, keys, toasts, ask, away, fold, combobox, clock, stream]) part.start();
