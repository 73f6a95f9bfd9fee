# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Read by cpack for each kind of package: a tarball is unpacked anywhere, so its files are below p2pbench-VERSION-linux-ARCH/.
if(CPACK_GENERATOR STREQUAL "TGZ")
	set(CPACK_PACKAGING_INSTALL_PREFIX "")
	string(TOLOWER "p2pbench-${CPACK_PACKAGE_VERSION}-${CPACK_SYSTEM_NAME}" CPACK_PACKAGE_FILE_NAME)
endif()
