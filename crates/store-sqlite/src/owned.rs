//! Which company a row belongs to, read from the schema itself, so that a new table is never forgotten.
//!
//! A table belongs to companies when a foreign key that deletes along (`ON DELETE CASCADE`) leads from it, over others
//! perhaps, to `tenants`; or when it has a column `tenant` or `user` that says so without a key.

use std::collections::BTreeMap;

use rusqlite::Connection;

/// A table, and how to tell whose a row of it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    /// Its name.
    pub(crate) table: String,
    /// An expression over a row of it, called [`ROW`], that gives the company's number; none where no company owns the
    /// rows.
    company: Option<String>,
    /// Its columns.
    pub(crate) columns: Vec<String>,
}

/// Stands in an expression for the name of the row.
const ROW: &str = "{row}";
/// Stands in an expression for the database in which other tables are looked up.
const DATABASE: &str = "{database}";

impl Owned {
    /// Returns an expression that gives the number of the company to which the row `name` of this table belongs, in
    /// `main` or a database that is attached.
    pub(crate) fn company(&self, database: &str, name: &str) -> Option<String> {
        self.company.as_ref().map(|expression| expression.replace(ROW, name).replace(DATABASE, database))
    }
}

/// Returns every table, those that others refer to first.
pub(crate) fn owned(connection: &Connection) -> rusqlite::Result<Vec<Owned>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";
    let mut statement = connection.prepare(sql)?;
    let mut left =
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut found: Vec<Owned> = Vec::new();
    while !left.is_empty() {
        let before = found.len();
        let mut waiting = Vec::new();
        for table in left {
            match company(connection, &table, &found)? {
                Some(company) => {
                    let columns = columns(connection, &table)?;
                    found.push(Owned { table, company: Some(company), columns });
                }
                None => waiting.push(table),
            }
        }
        left = waiting;
        if found.len() == before {
            // No company owns these.
            for table in std::mem::take(&mut left) {
                let columns = columns(connection, &table)?;
                found.push(Owned { table, company: None, columns });
            }
        }
    }
    Ok(found)
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Returns the expression for a table's company, over tables of which it is known already.
fn company(connection: &Connection, table: &str, known: &[Owned]) -> rusqlite::Result<Option<String>> {
    if table == "tenants" {
        return Ok(Some(format!("{ROW}.id")));
    }
    let sql = "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) WHERE on_delete = 'CASCADE' \
               ORDER BY id, seq";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([table], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, String>(3)?,
        ))
    })?;
    let mut keys: BTreeMap<i64, (String, Vec<(String, String)>)> = BTreeMap::new();
    for row in rows {
        let (id, parent, from, to) = row?;
        keys.entry(id).or_insert_with(|| (parent, Vec::new())).1.push((from, to));
    }
    for (parent, pairs) in keys.into_values() {
        let Some(owner) = known.iter().find(|owned| owned.table == parent) else { continue };
        // Each expression is nested at most once in another, so the place of its table makes a name of its own.
        let name = format!("of{}", known.len());
        let Some(of_parent) = owner.company(DATABASE, &name) else { continue };
        let equal: Vec<String> =
            pairs.iter().map(|(from, to)| format!("{name}.{to} = {ROW}.{from}")).collect();
        return Ok(Some(format!(
            "(SELECT {of_parent} FROM {DATABASE}.{parent} AS {name} WHERE {})",
            equal.join(" AND ")
        )));
    }
    let columns = columns(connection, table)?;
    if columns.iter().any(|column| column == "tenant") {
        return Ok(Some(format!("{ROW}.tenant")));
    }
    if columns.iter().any(|column| column == "user") && known.iter().any(|owned| owned.table == "people") {
        return Ok(Some(format!(
            "(SELECT owner.tenant FROM {DATABASE}.people AS owner WHERE owner.id = {ROW}.user)"
        )));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;

    #[test]
    fn every_table_belongs_to_companies() {
        let mut connection = Connection::open_in_memory().expect("memory");
        let steps: Vec<&str> = open::migrations().map(|(_, sql)| sql).collect();
        open::migrate(&mut connection, &steps).expect("migrated");
        let tables = owned(&connection).expect("the schema is read");
        assert!(tables.len() > 10, "{tables:?}");
        for owned in &tables {
            // A table of no company is one that `rapport restore --tenant` leaves as it is: that must be meant.
            let company =
                owned.company("main", "t").unwrap_or_else(|| panic!("{} belongs to no company", owned.table));
            let sql = format!("SELECT {company} FROM {} AS t", owned.table);
            connection.prepare(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        let place = |name: &str| tables.iter().position(|owned| owned.table == name);
        assert!(place("people") < place("members"), "those that others refer to come first");
    }
}
