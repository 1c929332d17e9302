//! Importing: files into a dataset of a store, all of them or none.

use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Fields, IdFrom, ReadOptions, Record, Tally, can_be_read_again, read, read_all};
use crate::store::{DatasetName, DatasetSettings, Deleted, Imported, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is to be brought in, and how it is to be understood. What is left out stays as the dataset has it; a new dataset
/// gets the defaults.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The column of the ids, which must be there.
    pub id: String,
    /// What the records describe; by default organizations.
    pub kind: Option<Kind>,
    /// The column of the name; by default `name`.
    pub name: Option<String>,
    /// The columns of other names of the same thing; a list in one of them is several names. By default none.
    pub aliases: Vec<String>,
    /// Columns that are stored under another name: (field, column).
    pub mapping: Vec<(String, String)>,
    /// How to read the files.
    pub read: ReadOptions,
}

impl Default for ImportOptions {
    fn default() -> ImportOptions {
        let (kind, name, read) = (None, None, ReadOptions::default());
        ImportOptions { id: "id".to_owned(), kind, name, aliases: Vec::new(), mapping: Vec::new(), read }
    }
}

/// What reading one file came to.
pub type FileTally = (PathBuf, Tally);

/// Imports files into a dataset, which is created if it is not there: all of them in one atomic step. A record whose id is
/// known takes the place of the older one; of two rows with the same id the one in the later file wins, and in one file
/// the second is rejected.
///
/// # Errors
/// Those of reading and of the store; [`ErrorKind::MissingColumn`] when a file lacks the column of ids, names or aliases,
/// or a mapped one; [`ErrorKind::Usage`] when two columns of a file would become the same field. The dataset is then as it
/// was.
///
/// ```
/// use cognate::pipeline::import::{ImportOptions, import_files};
/// use cognate::store::{DatasetName, Store};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("firms.csv");
/// std::fs::write(&path, "id,company\n7,Acme\n8,Zeta Bank\n").unwrap();
/// let mut store = Store::create(&folder.path().join("store"))?;
/// let options = ImportOptions { name: Some("company".to_owned()), ..ImportOptions::default() };
/// let (imported, _) = import_files(&mut store, &DatasetName::new("firms")?, &[path], &options, &|_| ())?;
/// assert_eq!(imported.added, 2);
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn import_files(
    store: &mut Store,
    dataset: &DatasetName,
    files: &[PathBuf],
    options: &ImportOptions,
    progress: &dyn Fn(u64),
) -> Result<(Imported, Vec<FileTally>)> {
    let settings = settings(store, dataset, options)?;
    let sources: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let read_options = ReadOptions { id: IdFrom::Column(options.id.clone()), columns: None, ..options.read.clone() };
    for file in files.iter().filter(|file| can_be_read_again(file)) {
        if let Some(columns) = read(file, &read_options)?.columns() {
            check_columns(file, columns, &settings)?;
        }
    }
    let mut import = store.begin(dataset, &settings, &sources.join(", "))?;
    let (mut tallies, mut taken) = (Vec::with_capacity(files.len()), 0);
    for file in files {
        let mut fields: BTreeSet<String> = BTreeSet::new();
        let tally = read_all(file, &read_options, &mut |mut record| {
            for field in record.fields.keys().filter(|field| !fields.contains(*field)).cloned().collect::<Vec<_>>() {
                fields.insert(field);
            }
            record.fields = mapped(record.fields, &settings.mapping).map_err(|field| twice(file, &field))?;
            import.push(record)?;
            taken += 1;
            progress(taken);
            Ok(())
        })?;
        if tally.records() > 0 {
            check_columns(file, &fields.into_iter().collect::<Vec<_>>(), &settings)?;
        }
        tallies.push((file.clone(), tally));
    }
    Ok((import.commit()?, tallies))
}

/// Deletes the records whose ids stand in files, all of them in one atomic step.
///
/// # Errors
/// Those of reading and of the store; the dataset is then as it was.
pub fn delete_files(
    store: &mut Store,
    dataset: &DatasetName,
    files: &[PathBuf],
    id: &str,
    options: &ReadOptions,
) -> Result<(Deleted, Vec<FileTally>)> {
    let options = ReadOptions { id: IdFrom::Column(id.to_owned()), columns: Some(Vec::new()), ..options.clone() };
    let (mut ids, mut tallies) = (Vec::new(), Vec::with_capacity(files.len()));
    for file in files {
        let mut take = |record: Record| {
            ids.push(record.id);
            Ok(())
        };
        tallies.push((file.clone(), read_all(file, &options, &mut take)?));
    }
    let sources: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let deleted = store.delete(dataset, ids.iter().map(|id| id.as_str()), &sources.join(", "))?;
    Ok((deleted, tallies))
}

/// The dataset's settings with the options over them.
fn settings(store: &Store, dataset: &DatasetName, options: &ImportOptions) -> Result<DatasetSettings> {
    let mut settings = match store.dataset(dataset) {
        Ok(info) => info.settings,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound(_)) => {
            DatasetSettings { name_field: "name".to_owned(), ..DatasetSettings::default() }
        }
        Err(error) => return Err(error),
    };
    settings.kind = options.kind.unwrap_or(settings.kind);
    if !options.mapping.is_empty() {
        settings.mapping.clone_from(&options.mapping);
        // A column that held names under its own name still does, under the new one.
        let fields = std::iter::once(&mut settings.name_field).chain(&mut settings.alias_fields);
        fields.for_each(|field| *field = field_of(field, &options.mapping));
    }
    if let Some(name) = &options.name {
        settings.name_field = field_of(name, &settings.mapping);
    }
    if !options.aliases.is_empty() {
        settings.alias_fields = options.aliases.iter().map(|alias| field_of(alias, &settings.mapping)).collect();
    }
    Ok(settings)
}

/// The field as which a column is stored.
fn field_of(column: &str, mapping: &[(String, String)]) -> String {
    let mapped = mapping.iter().find(|(_, from)| from == column);
    mapped.map_or_else(|| column.to_owned(), |(field, _)| field.clone())
}

/// The column that becomes a field.
fn column_of<'a>(field: &'a str, mapping: &'a [(String, String)]) -> &'a str {
    mapping.iter().find(|(to, _)| to == field).map_or(field, |(_, column)| column)
}

/// The fields under the names that they are stored by; the name that two of them would have, if there is one.
fn mapped(fields: Fields, mapping: &[(String, String)]) -> Result<Fields, String> {
    if mapping.is_empty() {
        return Ok(fields);
    }
    let mut renamed = Fields::with_capacity(fields.len());
    for (column, value) in fields {
        let field = field_of(&column, mapping);
        if renamed.insert(field.clone(), value).is_some() {
            return Err(field);
        }
    }
    Ok(renamed)
}

fn twice(file: &Path, field: &str) -> Error {
    Error::usage(format!("{}: two columns would become the field {field:?}; map the other one, too", file.display()))
}

/// Fails for a file without a column that the settings speak of.
fn check_columns(file: &Path, columns: &[String], settings: &DatasetSettings) -> Result<()> {
    let fields = std::iter::once(&settings.name_field).chain(&settings.alias_fields);
    let named = fields.map(|field| column_of(field, &settings.mapping));
    let wanted = named.chain(settings.mapping.iter().map(|(_, column)| column.as_str()));
    for column in wanted {
        if !columns.iter().any(|known| known == column) {
            let (file, column, available) = (file.to_path_buf(), column.to_owned(), columns.to_vec());
            return Err(ErrorKind::MissingColumn { file, column, available }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(mapping: &[(&str, &str)]) -> Vec<(String, String)> {
        mapping.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect()
    }

    #[test]
    fn settings_stay_unless_they_are_given() -> Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "id,company,aka\n1,Acme,A\n").unwrap();
        let mut store = Store::create(&folder.path().join("store"))?;
        let dataset = DatasetName::new("d")?;
        let mut run = |options: ImportOptions| {
            import_files(&mut store, &dataset, std::slice::from_ref(&path), &options, &|_| ())?;
            store.dataset(&dataset).map(|info| info.settings)
        };
        let (name, aliases) = (Some("company".to_owned()), vec!["aka".to_owned()]);
        let first = run(ImportOptions { name, aliases, kind: Some(Kind::Product), ..ImportOptions::default() })?;
        assert_eq!((first.name_field.as_str(), first.alias_fields.len()), ("company", 1));
        assert_eq!(run(ImportOptions::default())?, first);
        let mapped = run(ImportOptions { mapping: pairs(&[("title", "company")]), ..ImportOptions::default() })?;
        assert_eq!((mapped.name_field.as_str(), mapped.kind), ("title", Kind::Product));
        let twice = run(ImportOptions { mapping: pairs(&[("aka", "company")]), ..ImportOptions::default() });
        assert!(twice.is_err());
        Ok(())
    }
}
