/** The tables of items of a serving database. They have no key and no index, because the product may rely on none. */

/** The statements that create the tables. */
export const CREATE_ITEM_TABLES = [
  'CREATE TABLE items (item_id bigint, client_item_id varchar(255), type int)',
  'CREATE TABLE item_attr (attr_id int, name varchar(255), type varchar(20), item_type int)',
  'CREATE TABLE item_attr_enum (attr_id int, value_id int, value_name varchar(255))',
  'CREATE TABLE item_map_enum (item_id bigint, attr_id int, value_id int)',
  'CREATE TABLE item_map_varchar (item_id bigint, attr_id int, value varchar(255), pos int)',
  'CREATE TABLE item_map_text (item_id bigint, attr_id int, value text)',
  'CREATE TABLE dimension (dim_id int, item_type int, attr_id int, value_id int)',
  'CREATE TABLE cluster_dim_exclude (dim_id int)',
  'CREATE TABLE cluster_attr_exclude (attr_id int)',
];

export type Cell = number | string | null;

/** Table → rows; a row has one cell for each column of its table, in order. */
export type TableRows = Readonly<Record<string, readonly (readonly Cell[])[]>>;
