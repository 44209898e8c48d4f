#!/bin/sh
# Compiles the driver of the real client into DIR (default: target/clients of
# the workspace) and prints its path.  Sources that did not change are not
# compiled again; concurrent callers are safe, because the result is renamed
# into place under a name that is made of its sources.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../target/clients}
mods="purple json-glib-1.0 gobject-2.0"
for p in $mods libxml-2.0; do
	pkg-config --exists "$p" || {
		echo "missing pkg-config module '$p': apt-get install pidgin-sipe libpurple-dev libjson-glib-dev libxml2-dev pkg-config gcc" >&2
		exit 1
	}
done
key=$( (cat "$here"/driver/*.c "$here"/driver/*.h "$0"; pkg-config --modversion purple) | sha256sum | cut -c1-16)
mkdir -p "$dir"
bin=$dir/sipe-client-$key
if [ ! -x "$bin" ]; then
	tmp=$bin.$$
	# Of libxml2 only the headers: its function is looked up at run time.
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -Wno-deprecated-declarations \
		-Wno-missing-field-initializers -Wno-cast-function-type \
		-rdynamic -o "$tmp" "$here"/driver/*.c $(pkg-config --cflags libxml-2.0) \
		$(pkg-config --cflags --libs $mods) -ldl >&2
	mv "$tmp" "$bin"
fi
echo "$bin"
