"""The comparison behind docker/reproduce sees every kind of difference, and none where there is none."""
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import compare


def archive(path, config, members):
    """An image archive of one layer; members: (name, bytes, mode, mtime)."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        for name, data, mode, mtime in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(data), mode, mtime
            tar.addfile(info, io.BytesIO(data))
    parts = {"manifest.json": json.dumps([{"Config": "c.json", "Layers": [f"{path[-1]}.tar"]}]),
             "c.json": json.dumps(config)}
    with tarfile.open(path, "w") as tar:
        for name, data in [*((n, d.encode()) for n, d in parts.items()),
                           (f"{path[-1]}.tar", layer.getvalue())]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


class Compare(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.a, self.b = (os.path.join(folder.name, n) for n in "ab")

    def tree(self, folder, **files):
        os.makedirs(folder)
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)

    def test_equal_trees_do_not_differ(self):
        self.tree(self.a, x="1", y="2")
        shutil.copytree(self.a, self.b)
        self.assertEqual([], compare.trees(self.a, self.b))

    def test_contents_modes_links_and_presence_are_told(self):
        self.tree(self.a, x="same", y="before", mode="", only="")
        self.tree(self.b, x="same", y="beFore", mode="")
        os.chmod(os.path.join(self.b, "mode"), 0o755)
        os.symlink("x", os.path.join(self.a, "link"))
        os.symlink("y", os.path.join(self.b, "link"))
        told = "\n".join(compare.trees(self.a, self.b))
        for text in ("only: only in", "y: 6 and 6 bytes, at byte 2", "mode: mode -rw-r--r-- and -rwx",
                     "link: another link"):
            self.assertIn(text, told)
        self.assertNotIn("x:", told.replace("rwx:", ""))

    def test_the_section_of_a_program_is_told(self):
        for path, text in ((self.a, "one"), (self.b, "two")):
            subprocess.run(["gcc", "-x", "c", "-", "-o", path], check=True, text=True,
                           input=f'const char text[] = "{text}"; int main(void) {{ return 0; }}')
        told = compare.files(self.a, self.b, "program")
        self.assertTrue(any(line.startswith("program: section .rodata: at byte ") for line in told),
                        told)

    def test_an_images_fields_and_files_are_told(self):
        archive(self.a, {"config": {"User": "1"}}, [("bin/x", b"1", 0o755, 5), ("y", b"", 0o644, 5)])
        archive(self.b, {"config": {"User": "2"}}, [("bin/x", b"2", 0o755, 6), ("y", b"", 0o644, 5)])
        told = "\n".join(compare.images(self.a, self.b))
        for text in ('configuration.config.User: "1" and "2"', "layer 0.bin/x.mtime: 5 and 6",
                     "layer 0.bin/x.sha256: "):
            self.assertIn(text, told)
        self.assertNotIn("layer 0.y", told)
        self.assertEqual([], compare.images(self.a, self.a))


if __name__ == "__main__":
    unittest.main()
