"""`backrun drive build | attach | detach`: the read-only drive that a computer sees."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="F", help="settings, as for run")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="make the image of the drive folder")
    build.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    build.add_argument("--image", type=Path, metavar="FILE")
    attach = actions.add_parser("attach", help="show the image to the host")
    attach.add_argument("--image", type=Path, metavar="FILE")
    actions.add_parser("detach", help="take the drive from the host")


def run(args: argparse.Namespace) -> int:
    """Do the action; one JSON object on stdout."""
    from rich.console import Console

    from backrun_pi.cli.sessions import settings_of
    from backrun_pi.review.drive import image

    settings = settings_of(args)
    root, lun = Path(settings.files.root), Path(settings.review.lun_path)
    if args.action == "detach":
        image.detach(lun)
        print(json.dumps({"attached": None}))
        return 0
    image_file: Path = args.image or root / "drive.img"
    if args.action == "attach":
        image.attach(image_file, lun)
        print(json.dumps({"attached": str(image_file)}))
        return 0
    folder: Path = args.folder or root / "drive"
    with Console(stderr=True).status("building the drive") as status:
        size = image.build_image(
            folder, image_file, settings.review.image_spare_bytes, status.update
        )
    print(json.dumps({"image": str(image_file), "bytes": size}))
    return 0
