# Servers for the tests, on loopback: started in the background, waited for, and ended, they and nothing else.
# To be sourced, by a script that sets `run`, the folder of what it has started.

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# launch NAME COMMAND...: in the background, in a session of its own; its id and the time it began are written down.
launch() {
  local name=$1
  shift
  setsid "$@" </dev/null >"$run/$name.out" 2>&1 &
  echo "$! $(began $!)" >"$run/$name.pid"
}

# began PID: when that process began. With it an id that was given away again is told from the one that was meant.
began() {
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20
}

alive() {
  [ -n "$2" ] && [ "$(began "$1")" = "$2" ]
}

end() {
  local name=$1 pid start
  [ -f "$run/$name.pid" ] || return 0
  read -r pid start <"$run/$name.pid"
  if alive "$pid" "$start"; then
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 80); do
      alive "$pid" "$start" || break
      sleep 0.25
    done
    if alive "$pid" "$start"; then kill -9 "$pid" 2>/dev/null || true; fi
  fi
  rm -f "$run/$name.pid"
}

# answers PORT
answers() {
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    sleep 0.2
  done
  die "nothing answers at port $1; see $run"
}
