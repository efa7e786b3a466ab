-- A widget's behaviour: JSON of wire::api::WidgetSettings.
ALTER TABLE widgets ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
