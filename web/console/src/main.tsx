// Decides in which order the console starts. Knows nothing of anything else.

import { render } from "preact";
import { runAlerts } from "./alerts";
import { App } from "./app";
import { runDesk } from "./desk";
import { followAddress } from "./route";
import { start } from "./session";
import { listenForKeys } from "./shortcuts";
import { askForTestPage } from "./test-page";
import "./style/tokens.css";
import "./style/font.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/inbox.css";
import "./style/conversation.css";
import "./style/message.css";
import "./style/menu.css";
import "./style/composer.css";
import "./style/state.css";
import "./style/pages.css";
import "./style/person.css";
import "./style/settings.css";
import "./style/team.css";
import "./style/alerts.css";
import "./style/monitor.css";

followAddress();
runDesk();
runAlerts();
listenForKeys();
askForTestPage();
void start();
const root = document.getElementById("console");
if (root) render(<App />, root);
