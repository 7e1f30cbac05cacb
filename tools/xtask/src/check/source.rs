//! Reads every Rust file with a real parser: where `unsafe`, clocks and sleeps are, and how long things got.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Most code lines of a file: blank lines, comments and tests do not count.
pub const FILE_MAX: usize = 800;
/// Code lines of a file worth a talk.
pub const FILE_TALK: usize = 500;
/// Most lines of a function, from its signature to its closing brace.
pub const FUNCTION_MAX: usize = 120;
/// Lines of a function worth a look.
pub const FUNCTION_TALK: usize = 60;
/// Most fields of a struct.
pub const FIELDS_MAX: usize = 15;

/// The only files with `unsafe`.
const UNSAFE_ROOMS: &[&str] = &["drivers/dahdi/src/sys.rs", "firmware/pbxd/src/sys.rs"];
/// Where clocks are not read.
const CLOCKLESS: &[&str] = &["firmware/core/"];
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "utils", "util", "common", "manager", "helper", "helpers", "data",
];
/// Folders with Rust of ours.
const ROOMS: &[&str] = &["firmware", "drivers", "board", "tools", "hw-tests"];

/// A function and its length.
pub struct Function {
    /// Name.
    pub name: String,
    /// Line of its signature.
    pub line: usize,
    /// Lines from signature to closing brace.
    pub lines: usize,
}

/// What was found in one file.
pub struct Source {
    /// Path from the root of the checkout.
    pub path: String,
    /// Code lines without tests.
    pub code_lines: usize,
    /// Functions outside tests.
    pub functions: Vec<Function>,
    /// Structs with too many fields, for the report.
    pub wide_structs: Vec<String>,
    /// What crosses a line.
    pub violations: Vec<String>,
}

/// Reads all Rust files of the checkout.
pub fn read_all(root: &Path) -> Result<Vec<Source>, String> {
    let mut paths = Vec::new();
    for room in ROOMS {
        collect(&root.join(room), &mut paths)?;
    }
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let inside = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        sources.push(read(inside, &text)?);
    }
    Ok(sources)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" && name != "node_modules" && !name.starts_with('.') {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

/// Whether a whole file is tests.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("hw-tests/")
}

/// Reads one file.
pub fn read(path: String, text: &str) -> Result<Source, String> {
    let parsed = syn::parse_file(text)
        .map_err(|error| format!("{path}:{}: {error}", error.span().start().line))?;
    let mut scan = Scan {
        path: &path,
        text,
        found: Findings::default(),
        test_lines: Vec::new(),
    };
    let all_tests = is_test_file(&path);
    scan.visit_file(&parsed);
    let tokens: TokenStream = text.parse().map_err(|error| format!("{path}: {error}"))?;
    scan.tokens(tokens, all_tests);
    scan.names();

    let Scan {
        found, test_lines, ..
    } = scan;
    let Findings {
        mut functions,
        wide_structs,
        mut violations,
    } = found;
    let code_lines = count_code(text, &test_lines);
    if code_lines > FILE_MAX {
        violations.push(format!(
            "{path}: {code_lines} code lines; the most is {FILE_MAX}: split it"
        ));
    }
    if all_tests {
        functions.clear();
    }
    for Function { name, line, lines } in functions
        .iter()
        .filter(|function| function.lines > FUNCTION_MAX)
    {
        violations.push(format!(
            "{path}:{line}: fn {name} has {lines} lines; the most is {FUNCTION_MAX}"
        ));
    }
    Ok(Source {
        path,
        code_lines,
        functions,
        wide_structs,
        violations,
    })
}

/// Lines with code on them, outside the given ranges.
fn count_code(text: &str, test_lines: &[(usize, usize)]) -> usize {
    let mut in_comment = false;
    let mut count = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let starts = line.starts_with("/*");
        let skipped = in_comment || starts || line.is_empty() || line.starts_with("//");
        in_comment = (in_comment || starts) && !line.contains("*/");
        let in_tests = test_lines
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&number));
        count += usize::from(!skipped && !in_tests);
    }
    count
}

#[derive(Default)]
struct Findings {
    functions: Vec<Function>,
    wide_structs: Vec<String>,
    violations: Vec<String>,
}

struct Scan<'a> {
    path: &'a str,
    text: &'a str,
    found: Findings,
    /// First and last line of each `#[cfg(test)]` item.
    test_lines: Vec<(usize, usize)>,
}

impl Scan<'_> {
    fn violation(&mut self, line: usize, what: &str) {
        self.found
            .violations
            .push(format!("{}:{line}: {what}", self.path));
    }

    fn function(&mut self, name: String, item: &impl Spanned, body: &impl Spanned) {
        let (first, last) = (item.span().start().line, body.span().end().line);
        self.found.functions.push(Function {
            name,
            line: first,
            lines: last - first + 1,
        });
    }

    fn names(&mut self) {
        let path = Path::new(self.path);
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let folder = path
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = if stem == "mod" { folder } else { stem };
        if EMPTY_NAMES.contains(&name.as_str()) {
            self.violation(
                1,
                &format!("a module named {name} says nothing about what is in it"),
            );
        }
    }

    /// Walks all tokens, also those within macros, which the syntax tree does not open.
    fn tokens(&mut self, stream: TokenStream, all_tests: bool) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        for (n, tree) in trees.iter().enumerate() {
            match tree {
                TokenTree::Group(group) => self.tokens(group.stream(), all_tests),
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let next = |k: usize| {
                        trees
                            .get(n + k)
                            .map(ToString::to_string)
                            .unwrap_or_default()
                    };
                    let path_to = |last: &str| next(1) == ":" && next(2) == ":" && next(3) == last;
                    let word = word.to_string();
                    if word == "unsafe" {
                        self.check_unsafe(line);
                    }
                    let clock = matches!(word.as_str(), "Instant" | "SystemTime") && path_to("now");
                    if clock && CLOCKLESS.iter().any(|room| self.path.starts_with(room)) {
                        self.violation(line, "reads a clock: time is an argument in firmware/core");
                    }
                    let call = matches!(trees.get(n + 1), Some(TokenTree::Group(group))
                        if group.delimiter() == proc_macro2::Delimiter::Parenthesis);
                    let test = all_tests
                        || self
                            .test_lines
                            .iter()
                            .any(|(a, b)| (*a..=*b).contains(&line));
                    if word == "sleep" && call && test {
                        self.violation(
                            line,
                            "sleeps in a test: use virtual time, or wait for the event",
                        );
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn check_unsafe(&mut self, line: usize) {
        if !UNSAFE_ROOMS.contains(&self.path) {
            self.violation(
                line,
                &format!("unsafe: only {} may have it", UNSAFE_ROOMS.join(" and ")),
            );
        } else if !has_safety_comment(self.text, line) {
            self.violation(line, "unsafe without a SAFETY comment above it");
        }
    }
}

/// Whether the comment right above `line` (statement heads and attributes between) says SAFETY.
fn has_safety_comment(text: &str, line: usize) -> bool {
    let lines: Vec<&str> = text.lines().take(line).map(str::trim).collect();
    let Some((own, above)) = lines.split_last() else {
        return false;
    };
    if own.contains("SAFETY") {
        return true;
    }
    let comment = above
        .iter()
        .rev()
        .skip_while(|line| line.starts_with("#[") || line.ends_with('=') || line.ends_with('('));
    comment
        .take_while(|line| line.starts_with("//"))
        .any(|line| line.contains("SAFETY"))
}

/// Whether attributes say that the item is only there in tests.
fn only_in_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::NameValue(_) => false,
    })
}

impl<'ast> Visit<'ast> for Scan<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if only_in_tests(&item.attrs) {
            let span = item.span();
            self.test_lines.push((span.start().line, span.end().line));
        } else {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if only_in_tests(&item.attrs) {
            let span = item.span();
            self.test_lines.push((span.start().line, span.end().line));
        } else {
            self.function(item.sig.ident.to_string(), &item.sig, &item.block);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(item.sig.ident.to_string(), &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(item.sig.ident.to_string(), &item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let fields = item.fields.len();
        if fields > FIELDS_MAX {
            let line = item.span().start().line;
            self.found.wide_structs.push(format!(
                "{}:{line}: struct {} has {fields} fields",
                self.path, item.ident
            ));
        }
        visit::visit_item_struct(self, item);
    }
}

#[cfg(test)]
mod tests;
