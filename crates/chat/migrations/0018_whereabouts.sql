-- Where a visitor was when they last wrote, and with what, in their browser's own words.
ALTER TABLE conversations ADD COLUMN whereabouts TEXT; -- JSON object; NULL: nothing is known
