// Decides how a React page has the widget: while the component is mounted. Knows nothing of how it is fetched.

import { useEffect, useRef } from "react";
import { keep } from "./index.js";

export function FrontdeskWidget(props) {
  const kept = useRef(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    kept.current = keep(latest.current);
    return () => kept.current.stop();
  }, []);
  useEffect(() => kept.current.update(props));
  return null;
}
