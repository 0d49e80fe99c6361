"""Who may import whom, as functions over source text.

The law is that of docs/architecture.md. ``violations`` reads one module, ``heavy_paths`` follows imports
through all of them. Both return sentences that say what to do instead, each with file and line.

*At import* means: run when the module is imported. Imports inside a function run later, and those under
``if TYPE_CHECKING:`` never; both still count for the walls.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Packages stand on floors; a module imports from lower floors and from its own package.
FLOORS = [
    {"core", "workspace"},
    {"formats", "sources", "corpora", "tokenizers", "zoo", "layers", "sampling", "metrics", "rendering", "store", "controls", "studies"},
    {"training", "jobs"},
    {"services"},
    {"ui", "cli", "__main__"},
    {"pages", "Home"},
]  # fmt: skip
NEIGHBOURS = {
    ("workspace", "core"),
    ("corpora", "formats"),
    ("zoo", "layers"),
    ("jobs", "training"),
    ("__main__", "cli"),
    ("Home", "pages"),
}
WEB = {"ui", "pages", "Home", "services"}
KERAS = {"keras", "tensorflow", "tf_keras", "tf2onnx"}
HEAVY = KERAS | {"optuna"}
SCORE_LIBRARIES = {"music21", "mido", "pretty_midi", "partitura"}
UNSAFE_STORES = {"pickle", "cPickle", "shelve", "marshal", "dill", "cloudpickle", "joblib"}
VAGUE_NAME = re.compile(r"(^|_)(utils?|helpers?|common|managers?|core_logic|misc)$")


@dataclass(frozen=True)
class Import:
    """``target`` is a dotted name; ``when`` is ``import``, ``call`` or ``typing``."""

    target: str
    line: int
    when: str

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]


def read_sources(root: Path) -> dict[str, str]:
    """Source text by dotted module name: ``Home``, ``pages.x`` and all of ``workbench``.

    A page may begin with digits; a package is named with a trailing ``.__init__``.
    """
    paths = [*root.glob("Home.py"), *root.glob("pages/**/*.py"), *root.glob("workbench/**/*.py")]
    return {
        ".".join(path.relative_to(root).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(paths)
    }


def package_of(module: str) -> str:
    """The room a module belongs to: ``workbench.zoo.lstm`` is in ``zoo``, ``workbench`` in itself."""
    parts = [part for part in module.split(".") if part != "__init__"]
    return parts[1] if parts[0] == "workbench" and len(parts) > 1 else parts[0]


def find_imports(module: str, tree: ast.AST) -> list[Import]:
    """Every import of a module, ``importlib.import_module("…")`` included, relative ones resolved."""
    return list(_walk(module, tree, "import"))


def _walk(module: str, node: ast.AST, when: str) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(name.name, child.lineno, when) for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = _resolve(module, child)
            # The module itself, and each name, which may be a module too.
            yield Import(base, child.lineno, when)
            yield from (Import(f"{base}.{name.name}", child.lineno, when) for name in child.names)
        elif isinstance(child, ast.Call) and _called(child) in ("import_module", "__import__"):
            names = [arg.value for arg in child.args[:1] if isinstance(arg, ast.Constant)]
            yield from (Import(str(name), child.lineno, when) for name in names)
        inner = when
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inner = "call"
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            inner = "typing"
        yield from _walk(module, child, inner)


def _resolve(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parent = module.split(".")[: -node.level]
    return ".".join([*parent, *filter(None, [node.module])])


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def violations(module: str, source: str) -> list[str]:
    """What one module does against the law, without following its imports."""
    tree = ast.parse(source)
    imports = find_imports(module, tree)
    package = package_of(module)
    found = [*_name(module), *_walls(package, imports), *_libraries(package, imports)]
    found += [*_keras(package, imports), *_calls(package, tree)]
    path = module.replace(".", "/") + ".py"
    return list(dict.fromkeys(f"{path}:{line}: {sentence}" for line, sentence in found))


Finding = tuple[int, str]


def _name(module: str) -> Iterator[Finding]:
    for part in module.split("."):
        if VAGUE_NAME.search(part):
            yield 1, f"{part!r} says nothing; name the module after what it is about."


def _floor(package: str) -> int | None:
    return next((index for index, floor in enumerate(FLOORS) if package in floor), None)


def _walls(package: str, imports: list[Import]) -> Iterator[Finding]:
    mine = _floor(package)
    if mine is None and package != "workbench":
        yield 1, f"{package!r} has no floor; put it in an existing package or into FLOORS here."
    for item in imports:
        if item.library not in ("workbench", "pages", "Home"):
            continue
        theirs = package_of(item.target)
        floor = _floor(theirs)
        if theirs == package or floor is None or mine is None:
            continue
        if (package, theirs) == ("zoo", "layers") and item.when == "import":
            yield item.line, "zoo reaches layers inside build(); move the import into the function."
        elif floor > mine:
            yield (
                item.line,
                (
                    f"{package} may not know {theirs}, which stands above it; let {theirs} call "
                    f"{package} and pass in what it needs."
                ),
            )
        elif floor == mine and (package, theirs) not in NEIGHBOURS:
            yield (
                item.line,
                (
                    f"{package} and {theirs} stand side by side and may not import one another; move "
                    f"what both need into core, or join them in a package above."
                ),
            )


def _libraries(package: str, imports: list[Import]) -> Iterator[Finding]:
    rules = [
        ({"streamlit"}, {"ui", "pages", "Home"}, "draw it in ui, and return plain data from here"),
        # The root only loads it, before TensorFlow can load its own.
        ({"sqlite3", "sqlite_utils"}, {"store", "workbench"}, "add a method to a repository in store"),
        ({"miditok"}, {"tokenizers"}, "say music in tokens through a tokenizer"),
        # MidiTok takes and gives symusic's notes, in memory: no file is read there.
        ({"symusic"}, {"formats", "corpora", "rendering", "tokenizers"}, "read files through formats and work on a Score"),
        ({"optuna", "sqlalchemy"}, {"studies"}, "choose the settings of trials through studies"),
        (SCORE_LIBRARIES, {"formats", "corpora", "rendering"}, "read files through formats and work on a Score"),
        (UNSAFE_STORES, set(), "keep data as JSON or npz, which cannot carry code"),
    ]  # fmt: skip
    for item in imports:
        for libraries, allowed, remedy in rules:
            if item.library in libraries and package not in allowed:
                yield item.line, f"{package} may not import {item.library}; {remedy}."
        known = {*sys.stdlib_module_names, "numpy", "workbench", "__future__", "typing_extensions"}
        if package in ("core", "workspace") and item.library not in known:
            yield (
                item.line,
                (
                    f"core is standard library and NumPy only; what needs {item.library} belongs above it."
                ),
            )


def _keras(package: str, imports: list[Import]) -> Iterator[Finding]:
    for item in imports:
        if item.library not in KERAS or package in ("layers", "training") or item.when == "typing":
            continue
        if package != "zoo":
            yield (
                item.line,
                (
                    f"{package} may not import {item.library}; training and layers hold the networks, "
                    f"and composing runs their ONNX graph through sampling."
                ),
            )
        elif item.when == "import":
            yield item.line, f"import {item.library} inside build(); it costs seconds and 800 MB."


def _calls(package: str, tree: ast.AST) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        is_method = isinstance(node.func, ast.Attribute)
        if name in ("eval", "exec") and not is_method:
            yield (
                node.lineno,
                f"{name}() runs whatever a file says; parse it (json, ast.literal_eval).",
            )
        if name in ("execute", "executemany", "executescript") and is_method and package != "store":
            yield node.lineno, "SQL lives in store alone; add a method to one of its repositories."
        if any(word.arg == "allow_pickle" and _is_true(word.value) for word in node.keywords):
            yield node.lineno, "allow_pickle runs what a file says; keep plain arrays in the npz."


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def heavy_paths(sources: dict[str, str]) -> list[str]:
    """Chains of imports by which the web process or the composer would load Keras or Optuna.

    They start at ui, pages, Home, services, the command line, sampling and every module of jobs but the
    trainer's. In ui, pages and services an import inside a function counts too: the web process would run it.
    """
    edges = {module: _loaded(module, source, sources) for module, source in sources.items()}
    starts = [module for module in sources if _is_light(module)]
    chains = filter(None, (_chain_to_heavy(start, edges) for start in starts))
    return [
        f"{' -> '.join(chain)}: the web process and the composer never load Keras or Optuna; move what is needed "
        f"into a module that does not import it, or import it inside a function of the trainer."
        for chain in chains
    ]


def _is_light(module: str) -> bool:
    package = package_of(module)
    is_trainer = package == "jobs" and "train" in module.rpartition(".")[2]
    return package in WEB | {"cli", "__main__", "sampling", "jobs"} and not is_trainer


def _loaded(module: str, source: str, sources: dict[str, str]) -> list[str]:
    """Modules of ours, and heavy libraries, that come in with this one."""
    counted = {"import", "call"} if package_of(module) in WEB else {"import"}
    loaded: list[str] = []
    for item in find_imports(module, ast.parse(source)):
        if item.when not in counted:
            continue
        if item.library in HEAVY:
            loaded.append(item.library)
        parts = item.target.split(".")
        for length in range(1, len(parts) + 1):  # importing a.b.c runs a and a.b as well
            name = ".".join(parts[:length])
            loaded += [known for known in (name, f"{name}.__init__") if known in sources]
    return loaded


def _chain_to_heavy(start: str, edges: dict[str, list[str]]) -> list[str] | None:
    chains, seen = [[start]], {start}
    while chains:
        chain = chains.pop(0)
        if chain[-1] in HEAVY:
            return chain
        for target in edges.get(chain[-1], []):
            if target not in seen:
                seen.add(target)
                chains.append([*chain, target])
    return None
