//! A new migration is compiled in without touching a source file.

fn main() {
    #[expect(clippy::print_stdout, reason = "this is how a build script speaks")]
    {
        println!("cargo:rerun-if-changed=migrations");
    }
}
