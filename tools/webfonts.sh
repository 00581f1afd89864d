#!/bin/sh
# Makes assets/fonts/web/ for the site, by hand, when a character is missing there: the course's Inter and a font for
# mathematics, cut down to what its pages can hold. Needs pyftsubset (pip install fonttools brotli, in a venv of its own)
# and latinmodern-math.otf (Debian's fonts-lmodern). Usage: tools/webfonts.sh PATH/latinmodern-math.otf
set -eu
here=$(cd "$(dirname "$0")/.." && pwd -P)
out=$here/assets/fonts/web
words=U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+0302-0304,U+0391-03C9,U+2010-2015,U+2018-201E,U+2020-2022,U+2026
words=$words,U+2032-2033,U+2039-203A,U+2044,U+2070,U+2074-207B,U+2080-208B,U+2190-2194,U+21D2,U+2212,U+221A,U+221E
words=$words,U+1FB1,U+2248,U+2260,U+2264-2265,U+25A0,U+25B6,U+25CF,U+2713
# Plain, Greek and double-struck letters, slanted ones, signs; every size of bracket and root comes along.
signs=U+0020-007E,U+00A0,U+00AC,U+00B1,U+00B7,U+00D7,U+0131,U+0237,U+00AF,U+0302-0304,U+0307,U+0391-03A9,U+03B1-03C9
signs=$signs,U+03D5,U+03F5,U+2016,U+2026,U+2032-2033,U+2061-2064,U+2102,U+210E,U+2115,U+211D,U+2190-2194,U+21A6
signs=$signs,U+21D2,U+21D4,U+2200-222B,U+222E,U+2234-223D,U+2243-2248,U+2254-2255,U+2260-226B,U+2282-2287,U+2295-2299
signs=$signs,U+1D49C-1D4B5,U+210B,U+2110,U+2112,U+211B,U+212C,U+2130-2131,U+2133,U+22A4-22A5,U+22C5,U+22EE-22F1,U+2308-230B,U+27E8-27E9,U+2A7D-2A7E,U+1D434-1D467,U+1D53C,U+1D6E4-1D71B
mkdir -p "$out"
cut() { # cut FONT CHARACTERS FEATURES NAME
    pyftsubset "$1" --unicodes="$2" --layout-features="$3" --flavor=woff2 --no-hinting --desubroutinize \
        --name-IDs=0,13,14 --output-file="$out/$4.woff2"
    "$(dirname "$(command -v pyftsubset)")/python3" - "$out/$4" <<'EOF'
import sys
from fontTools.ttLib import TTFont
codes = sorted(TTFont(f"{sys.argv[1]}.woff2").getBestCmap())
with open(f"{sys.argv[1]}.txt", "w") as file:
    file.write(" ".join(f"{code:X}" for code in codes) + "\n")
EOF
}
cut "$here/assets/fonts/Inter-Regular.otf" "$words" kern,liga,calt,tnum,ccmp,mark words
cut "$here/assets/fonts/Inter-Bold.otf" "$words" kern,liga,calt,tnum,ccmp,mark words-bold
cut "$1" "$signs" ssty,dtls,flac mathematics
