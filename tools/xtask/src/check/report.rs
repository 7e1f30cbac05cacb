//! The table of sizes.

use super::source::{FILE_TALK, FUNCTION_TALK, Source};

/// Prints how big files and functions are, and those worth a talk.
pub fn print(files: &[Source], list: bool) {
    let mut sizes: Vec<_> = files.iter().map(|file| file.code_lines).collect();
    let mut lengths: Vec<_> = files
        .iter()
        .flat_map(|file| &file.functions)
        .map(|function| function.lines)
        .collect();
    sizes.sort_unstable();
    lengths.sort_unstable();
    println!("                        count  median   p90   max");
    row("code lines of a file", &sizes);
    row("lines of a function", &lengths);

    let talk = |list: bool, what: &str, mut lines: Vec<(usize, String)>| {
        if lines.is_empty() {
            return;
        }
        println!(
            "   {what}: {}{}",
            lines.len(),
            if list { "" } else { " (--sizes lists them)" }
        );
        lines.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        for (size, name) in lines.iter().filter(|_| list) {
            println!("   {size:6}  {name}");
        }
    };
    let long_files = files.iter().filter(|file| file.code_lines > FILE_TALK);
    talk(
        true,
        "files over 500 code lines",
        long_files
            .map(|file| (file.code_lines, file.path.clone()))
            .collect(),
    );
    let functions = files
        .iter()
        .flat_map(|file| file.functions.iter().map(move |function| (file, function)));
    let long = functions.filter(|(_, function)| function.lines > FUNCTION_TALK);
    let long = long.map(|(file, function)| {
        (
            function.lines,
            format!("{}:{} {}", file.path, function.line, function.name),
        )
    });
    talk(list, "functions over 60 lines", long.collect());
    for wide in files.iter().flat_map(|file| &file.wide_structs) {
        println!("   {wide}");
    }
}

fn row(what: &str, sorted: &[usize]) {
    let at = |part: usize| {
        sorted
            .get((sorted.len() * part / 100).min(sorted.len().saturating_sub(1)))
            .unwrap_or(&0)
    };
    println!(
        "   {what:20} {:6}  {:6} {:5} {:5}",
        sorted.len(),
        at(50),
        at(90),
        at(100)
    );
}
