import type { WidgetProps } from "./index.js";

/** The widget, while this is mounted. Draws nothing where it stands. */
export function FrontdeskWidget(props: WidgetProps): null;
