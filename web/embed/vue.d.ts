// Decides what a Vue page may give the component. Knows nothing of how it is made.

import type { DefineComponent } from "vue";
import type { WidgetProps } from "./index.js";

/** The widget, while this is mounted. Draws nothing where it stands. */
export declare const FrontdeskWidget: DefineComponent<WidgetProps>;
