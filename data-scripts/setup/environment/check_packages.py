"""Checks that the pinned packages of the named requirement files are completely installed.

pip writes a package's RECORD last, so a package without one was cut off; every file that a RECORD
lists must be there with its size. With --in FOLDER first, they are looked for there (pip install --target) and not
among the packages of this Python. Prints one problem a line and exits 1 if there is any.
"""
import importlib.metadata as metadata
import pathlib
import sys

from pip._vendor.packaging.requirements import Requirement


def problems(requirement, folders):
    name = requirement.name
    found = next(iter(metadata.distributions(name=name, path=folders)), None)
    if found is None:
        yield f"{requirement.name} is not installed"
        return
    if not requirement.specifier.contains(found.version, prereleases=True):
        yield f"{requirement.name} {found.version} is installed, not {requirement.specifier}"
        return
    if found.read_text("RECORD") is None:
        if found.read_text("INSTALLER") != "conda\n" and found.read_text("INSTALLER") != "conda":
            yield f"{requirement.name} was installed in part (it has no RECORD)"
        return
    for file in found.files:
        path = pathlib.Path(file.locate())
        if path.suffix == ".pyc" or (path.parent.name == "bin" and folders is not sys.path):
            continue
        if not path.exists():
            yield f"{requirement.name}: {path} is missing"
            return
        if file.size is not None and path.stat().st_size != file.size:
            yield f"{requirement.name}: {path} is not whole"
            return


def main(files):
    folders = sys.path
    if files[0] == "--in":
        folders, files = [files[1]], files[2:]
    bad = []
    for file in files:
        for line in pathlib.Path(file).read_text().splitlines():
            line = line.split("#")[0].strip()
            if not line:
                continue
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate():
                bad.extend(problems(requirement, folders))
    for line in bad:
        print(line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
