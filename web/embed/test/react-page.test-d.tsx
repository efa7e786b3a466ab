/** @jsxImportSource react */
// Proves, by being compiled, that a React page may write the component as its README says, with the types of
// React 19 and (by react18.json) of React 18. Knows nothing of what runs.

import { type ComponentProps, useState } from "react";
import { FrontdeskWidget } from "../react.js";

export function Page() {
  const [unread, setUnread] = useState(0);
  const props: ComponentProps<typeof FrontdeskWidget> = {
    apiToken: "cbw_",
    widgetUrl: "https://chat.example",
  };
  return (
    <main title={`${unread}`}>
      <FrontdeskWidget {...props} />
      <FrontdeskWidget
        key="one"
        apiToken="cbw_"
        widgetUrl="https://chat.example"
        theme="dark"
        preChat={["name"]}
        onUnread={({ count }) => setUnread(count)}
        onMessage={({ message }) => message.trim()}
        onLoad={(frontdesk) => frontdesk.open("list")}
      />
      {/* @ts-expect-error: no server */}
      <FrontdeskWidget apiToken="cbw_" />
      {/* @ts-expect-error: no such theme */}
      <FrontdeskWidget {...props} theme="pink" />
    </main>
  );
}
