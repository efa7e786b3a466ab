// Decides what a React page may give the component. Knows nothing of React, so that any version will do.

import type { WidgetProps } from "./index.js";

/** The widget, while this is mounted. Draws nothing where it stands. */
export function FrontdeskWidget(props: WidgetProps): null;
