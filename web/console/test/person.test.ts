// Proves what becomes of two who are one, before anything is done, and what a website's word says of where its visitor is.

import type { Contact } from "@frontdesk/shared/wire.gen";
import { expect, test } from "vitest";
import { asOne, type Half, inOrder, webAddress, whereabouts } from "../src/person";
import { localInput, untilOf } from "../src/snooze";
import { at } from "./people";

const contact = (change: Partial<Contact>): Contact => ({
  id: "ctc_1",
  widget_id: "wgt_1",
  external_ids: [],
  name: null,
  email: null,
  phone: null,
  attributes: {},
  vouched: false,
  created_at: at(0),
  ...change,
});
const half = (change: Partial<Half>): Half => ({
  visitorId: "vis_1",
  contact: null,
  name: "Visitor",
  email: null,
  ...change,
});

test("of two contacts the chosen one's word counts, and each gives what the other lacks", () => {
  const from = half({ contact: contact({ name: "Ana", email: "ana@old.example", phone: "+47 1" }) });
  const into = half({
    contact: contact({
      id: "ctc_2",
      name: "Ana Ruiz",
      email: "ana@shop.example",
      attributes: { plan: "gold" },
    }),
  });
  expect(asOne(from, into)).toEqual({
    name: "Ana Ruiz",
    email: "ana@shop.example",
    phone: "+47 1",
    attributes: { plan: "gold" },
    lost: ["Name: Ana", "E-mail: ana@old.example"],
  });
});

test("whom the website vouched for stays, whichever was chosen", () => {
  const from = half({ contact: contact({ name: "Ana Ruiz", vouched: true, attributes: { plan: "gold" } }) });
  const into = half({
    contact: contact({ id: "ctc_2", name: "Ana", attributes: { plan: "none", seats: 2 } }),
  });
  expect(inOrder(from, into)[0]).toBe(from);
  const one = asOne(from, into);
  expect(one).toMatchObject({ name: "Ana Ruiz", attributes: { plan: "gold", seats: 2 } });
  expect(one.lost).toEqual(["plan: none", "Name: Ana"]);
});

test("what a page said of a visitor does not mend a contact", () => {
  const known = half({ visitorId: null, contact: contact({ name: "Ana Ruiz" }), name: "Ana Ruiz" });
  const one = asOne(half({ name: "ana", email: "ana@shop.example" }), known);
  expect(one).toMatchObject({ name: "Ana Ruiz", email: null });
  expect(one.lost).toEqual(["Name: ana", "E-mail: ana@shop.example"]);
});

test("of two visitors whom nobody knew, the first has what the second lacks", () => {
  const one = asOne(
    half({ name: "Ana", email: "ana@shop.example" }),
    half({ visitorId: "vis_2", name: "Ana R." }),
  );
  expect(one).toMatchObject({ name: "Ana R.", email: "ana@shop.example" });
});

test("where a visitor is, is told apart from what else the website says", () => {
  const said = {
    verified: false,
    visitor: { page: "https://shop.example/cart", TimeZone: "Europe/Oslo", plan: "gold", device: 7 },
    conversation: {},
    tags: [],
  };
  const [here, rest] = whereabouts(said);
  expect(here).toEqual({ page: "https://shop.example/cart", timeZone: "Europe/Oslo", by: "website" });
  expect(rest?.visitor).toEqual({ plan: "gold", device: 7 });
  expect(whereabouts({ ...said, visitor: { page: "https://shop.example" } })[1]).toBeNull();
  expect(whereabouts(undefined)).toEqual([{}, null]);
});

test("what the browser says stands where the website's page says nothing of it, and whose word it is", () => {
  const browser = {
    page: "https://shop.example/shoes",
    title: "Shoes",
    device: "Firefox on Windows",
    time_zone: "Europe/Oslo",
  };
  const seen = { page: browser.page, device: browser.device, timeZone: browser.time_zone };
  expect(whereabouts(undefined, browser)).toEqual([{ ...seen, title: "Shoes", by: "browser" }, null]);
  const said = {
    verified: false,
    visitor: { page: "https://shop.example/#cart" },
    conversation: {},
    tags: [],
  };
  const page = "https://shop.example/#cart";
  expect(whereabouts(said, browser)[0]).toEqual({ ...seen, page, by: "both" });
  expect(whereabouts(said, { page: browser.page, title: "Shoes" })[0]).toEqual({ page, by: "website" });
  expect(whereabouts(undefined, {})).toEqual([{}, null]);
});

test("only an address of the web becomes a link", () => {
  expect(webAddress("https://shop.example/a?b")?.host).toBe("shop.example");
  expect(webAddress("javascript:alert(1)")).toBeNull();
  expect(webAddress("/cart")).toBeNull();
});

test("a free moment is put off to only while it is still to come", () => {
  const noon = new Date(2026, 10, 27, 12, 0);
  expect(localInput(noon)).toBe("2026-11-27T12:00");
  expect(untilOf("2026-11-27T12:01", noon.getTime())).toEqual(new Date(2026, 10, 27, 12, 1));
  expect(untilOf("2026-11-27T12:00", noon.getTime())).toBeNull();
  expect(untilOf("", noon.getTime())).toBeNull();
  expect(untilOf("someday", noon.getTime())).toBeNull();
});
