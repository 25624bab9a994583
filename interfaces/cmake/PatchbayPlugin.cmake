# SPDX-License-Identifier: MIT
#[==[
patchbay_add_plugin(NAME <name>
  [METADATA <plugin.json> CLASS <class> HEADER <header> SOURCES <file>... [LIBRARIES <target>...]]
  [PANEL_METADATA <panel.json> PANEL_CLASS <class> PANEL_HEADER <header> PANEL_SOURCES <file>...
   [PANEL_LIBRARIES <target>...]]
  [OUTPUT_DIRECTORY <folder>] [NO_INSTALL])

Builds a plugin of Patchbay; in the tree and after find_package(Patchbay) alike. At least one of the two modules:

  patchbay-<name>                the logic module, links Patchbay::Sdk, Qt6::Core and LIBRARIES
  patchbay-<name>-objects        its classes as an object library, for unit tests to link
  patchbay-<name>-panel          the panel module, links Patchbay::Sdk, Qt6::Widgets and PANEL_LIBRARIES; left out
  patchbay-<name>-panel-objects  where there is no Qt6::Widgets or PATCHBAY_GUI is OFF

A class may be in a namespace. The metadata is checked here, completed ("api", "qt") and built into the module, together
with a factory that returns `new <class>`. From the payload types comes a header <name>types.h (without dashes), e.g.
for NAME text, id org.patchbay.text and a message type org.patchbay.text.message, version 1:

  namespace TextTypes {                                              // NAME in CamelCase + "Types"
  inline const QString pluginId = …"org.patchbay.text";
  inline const QString message = …"org.patchbay.text.message/1";     // the type without the id, in camelCase
  inline constexpr qint64 messageMaxBytes = 65536;                   // for message types
  }

A type that stands in the metadata in several versions gives one constant each, with the version: messageV1, messageV2.
Modules go to ${CMAKE_BINARY_DIR}/lib/patchbay/plugins (or OUTPUT_DIRECTORY) and are installed to
${CMAKE_INSTALL_LIBDIR}/patchbay/plugins unless NO_INSTALL is given.
]==]

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/PatchbayMetadata.cmake)
set(_patchbay_cmake_dir ${CMAKE_CURRENT_LIST_DIR} CACHE INTERNAL "")

function(patchbay_add_plugin)
  set(one NAME METADATA CLASS HEADER PANEL_METADATA PANEL_CLASS PANEL_HEADER OUTPUT_DIRECTORY)
  cmake_parse_arguments(PARSE_ARGV 0 arg "NO_INSTALL" "${one}" "SOURCES;LIBRARIES;PANEL_SOURCES;PANEL_LIBRARIES")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "patchbay_add_plugin: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_NAME MATCHES "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    message(FATAL_ERROR "patchbay_add_plugin: NAME must be lower-case words joined by dashes, it is \"${arg_NAME}\"")
  endif()
  if(NOT arg_METADATA AND NOT arg_PANEL_METADATA)
    message(FATAL_ERROR "patchbay_add_plugin(${arg_NAME}): METADATA, PANEL_METADATA or both are needed")
  endif()
  if(NOT DEFINED PATCHBAY_API_MAJOR OR NOT DEFINED PATCHBAY_API_MINOR)
    message(FATAL_ERROR "patchbay_add_plugin(${arg_NAME}): the API version is not known; call find_package(Patchbay) first")
  endif()
  if(NOT arg_OUTPUT_DIRECTORY)
    set(arg_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/patchbay/plugins)
  endif()

  string(REPLACE "-" "" flatName ${arg_NAME})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/patchbay-${arg_NAME})
  set(logicId "")

  if(arg_METADATA)
    _patchbay_require(${arg_NAME} "${arg_CLASS}" CLASS "${arg_HEADER}" HEADER "${arg_SOURCES}" SOURCES)
    _patchbay_prepare_metadata(${arg_METADATA} LOGIC ${generated}/logic/metadata.json logicId)
    _patchbay_write_types(${arg_NAME} ${generated}/logic/metadata.json ${generated}/include/${flatName}types.h)
    _patchbay_add_module(patchbay-${arg_NAME} ${generated} logic ${arg_CLASS} ${arg_HEADER} "${arg_SOURCES}"
      "Qt6::Core;${arg_LIBRARIES}" ${arg_OUTPUT_DIRECTORY} "${arg_NO_INSTALL}")
  endif()

  if(arg_PANEL_METADATA)
    _patchbay_require(${arg_NAME} "${arg_PANEL_CLASS}" PANEL_CLASS "${arg_PANEL_HEADER}" PANEL_HEADER
      "${arg_PANEL_SOURCES}" PANEL_SOURCES)
    _patchbay_prepare_metadata(${arg_PANEL_METADATA} PANEL ${generated}/panel/metadata.json panelId)
    if(DEFINED PATCHBAY_GUI AND NOT PATCHBAY_GUI)
      return()
    endif()
    find_package(Qt6 QUIET COMPONENTS Widgets)
    if(NOT TARGET Qt6::Widgets)
      message(STATUS "patchbay_add_plugin(${arg_NAME}): Qt6::Widgets was not found, the panel is left out")
      return()
    endif()
    _patchbay_add_module(patchbay-${arg_NAME}-panel ${generated} panel ${arg_PANEL_CLASS} ${arg_PANEL_HEADER}
      "${arg_PANEL_SOURCES}" "Qt6::Widgets;${arg_PANEL_LIBRARIES}" ${arg_OUTPUT_DIRECTORY} "${arg_NO_INSTALL}")
  endif()
endfunction()

# _patchbay_require(<name> <value> <keyword> …): every keyword has a value.
function(_patchbay_require name)
  set(pairs ${ARGV})
  math(EXPR last "${ARGC} - 1")
  foreach(index RANGE 1 ${last} 2)
    math(EXPR keyword "${index} + 1")
    if("${ARGV${index}}" STREQUAL "")
      message(FATAL_ERROR "patchbay_add_plugin(${name}): ${ARGV${keyword}} is missing")
    endif()
  endforeach()
endfunction()

function(_patchbay_add_module target generated part class header sources libraries outputDirectory noInstall)
  # The classes, once: the module links them, and so do unit tests.
  add_library(${target}-objects OBJECT ${sources})
  target_include_directories(${target}-objects PUBLIC ${CMAKE_CURRENT_SOURCE_DIR} ${generated}/include)
  target_link_libraries(${target}-objects PUBLIC Patchbay::Sdk ${libraries})

  # The root object. PATCHBAY_FACTORY_* are read by the template.
  get_filename_component(PATCHBAY_FACTORY_HEADER ${header} ABSOLUTE)
  set(PATCHBAY_FACTORY_CLASS ${class})
  string(MAKE_C_IDENTIFIER "${target}_factory" PATCHBAY_FACTORY_FILE)
  configure_file(${_patchbay_cmake_dir}/factory.cpp.in ${generated}/${part}/${PATCHBAY_FACTORY_FILE}.cpp @ONLY)
  add_library(${target} MODULE ${generated}/${part}/${PATCHBAY_FACTORY_FILE}.cpp)
  target_link_libraries(${target} PRIVATE ${target}-objects)

  set_target_properties(${target} ${target}-objects PROPERTIES
    AUTOMOC ON
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  foreach(one ${target} ${target}-objects)
    target_compile_features(${one} PUBLIC cxx_std_17)
    target_compile_definitions(${one} PRIVATE QT_NO_KEYWORDS)
  endforeach()
  set_target_properties(${target} PROPERTIES
    PREFIX ""
    LIBRARY_OUTPUT_DIRECTORY ${outputDirectory})
  # A symbol that is missing shows when the plugin is built, not when somebody switches it on. The sanitizers of clang
  # leave theirs open in modules.
  if(UNIX AND NOT APPLE AND NOT PATCHBAY_SANITIZE AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
  # The host refuses a module that others may write to, which is how a umask of 002 leaves it.
  if(UNIX)
    add_custom_command(TARGET ${target} POST_BUILD
      COMMAND chmod go-w $<TARGET_FILE:${target}> $<TARGET_FILE_DIR:${target}> VERBATIM)
  endif()
  if(NOT noInstall)
    include(GNUInstallDirs)
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/patchbay/plugins)
  endif()
endfunction()
