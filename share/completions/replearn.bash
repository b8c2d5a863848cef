# Completion of replearn in bash. Verbs and options come from the program's help, once per shell and verb.
_replearn() {
  local current=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} verb=${COMP_WORDS[1]} key words
  declare -gA _replearn_words
  [ "$COMP_CWORD" = 1 ] && verb=""
  key=${verb:-overview}
  if [ -z "${_replearn_words[$key]+set}" ]; then
    if [ -z "$verb" ]; then
      words=$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z0-9]*\)   *[^ ].*/\1/p;s/^  \(--[a-z-]*\).*/\1/p')
    else
      words=$("$program" "$verb" --help-all 2>/dev/null | sed -n 's/^  \(--[a-z0-9.-]*\).*/\1/p')
    fi
    _replearn_words[$key]=$words
  fi
  if [ -z "$verb" ] || [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${_replearn_words[$key]}" -- "$current")
  fi
}
complete -o default -F _replearn replearn
