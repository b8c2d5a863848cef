"""Several hosts on one machine, joined by a switch, as root: each a set of namespaces (network, host name, processes,
mounts) with its own address, /dev/shm and sshd; the file system is shared, as by NFS. Their links can be limited, cut,
or made to swallow everything in silence, and a host can die. Nothing is made outside of the namespaces but files in one
folder.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import time

PROGRAMS = ["unshare", "nsenter", "ip", "tc", "ssh", "sshd", "ssh-keygen", "mpirun"]
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
SWITCH = "10.99.0.254"


def die_with_us():
    """In a child: to be killed when this process is gone, however it went."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def why_not():
    """Why no hosts can be had on this machine; empty if they can."""
    if os.geteuid() != 0:
        return "not root"
    missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
    if missing:
        return "there is no " + ", ".join(missing)
    tried = subprocess.run("unshare -n -u -m -p -f --mount-proc sh -c 'ip link add br0 type bridge && ip link add p1 type "
                           "veth peer name eth0'", shell=True, capture_output=True, text=True, env={"PATH": PATH})
    return "" if tried.returncode == 0 else "namespaces, bridges or links cannot be made: " + tried.stderr.strip()


class Hosts:
    """Hosts 1 to `count`, named h1, h2, ...; 0 is the switch. slots: ranks that mpirun puts on each."""

    def __init__(self, folder, count=3, slots=1):
        self.folder, self.count, self.slots = folder, count, slots
        self.holders, self.first_processes = {}, {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, lines):
        with open(self.path(name), "w") as file:
            file.write("\n".join(lines) + "\n")

    def start(self):
        hosts = range(1, self.count + 1)
        self.write("hosts", ["127.0.0.1 localhost", f"{SWITCH} h0", *(f"10.99.0.{i} h{i}" for i in hosts)])
        self.write("hostfile", [f"h{i} slots={self.slots}" for i in hosts])
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("key")], check=True)
        self.write("sshd_config", [f"HostKey {self.path('key')}", f"AuthorizedKeysFile {self.path('key.pub')}",
                                   "PermitRootLogin yes", "StrictModes no", "UsePAM no", "PidFile none", "UseDNS no",
                                   "PasswordAuthentication no", "MaxStartups 100"])
        self.write("ssh_config", ["Host *", f"IdentityFile {self.path('key')}", "IdentitiesOnly yes",
                                  "StrictHostKeyChecking no", "UserKnownHostsFile /dev/null", "LogLevel ERROR",
                                  "BatchMode yes", "ConnectTimeout 5"])
        self.hold(0)
        self.on(0, f"ip link add br0 type bridge && ip addr add {SWITCH}/24 dev br0 && ip link set br0 up")
        for i in hosts:
            self.hold(i)
            subprocess.run(["nsenter", "-t", str(self.first_processes[0]), "-n", "ip", "link", "add", f"p{i}", "type",
                            "veth", "peer", "name", "eth0", "netns", str(self.first_processes[i])], check=True,
                           env={"PATH": PATH})
            self.on(0, f"ip link set p{i} master br0 && ip link set p{i} up")
            self.on(i, f"ip addr add 10.99.0.{i}/24 dev eth0 && ip link set eth0 up")
        for i in hosts:
            self.wait(f"host {i}", lambda: self.on(1, f"ssh -F {self.path('ssh_config')} h{i} true", check=False) == 0)

    def hold(self, i):
        """Makes the namespaces of a host and something that lives in them."""
        script = (f"hostname h{i}; mount -t tmpfs -o mode=1777 tmpfs /dev/shm; mount --bind {self.path('hosts')} /etc/hosts; "
                  f"ip link set lo up; mkdir -p /run/sshd; "
                  + ("" if i == 0 else f"/usr/sbin/sshd -f {self.path('sshd_config')} -E {self.path('sshd.log')}; ")
                  + f": > {self.path(f'ready.{i}')}; exec sleep 100000")
        self.holders[i] = subprocess.Popen(
            ["unshare", "-n", "-u", "-m", "-p", "-f", "--kill-child=KILL", "--mount-proc", "bash", "-c", script],
            stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_us, env={"PATH": PATH})
        self.wait(f"host {i}", lambda: os.path.exists(self.path(f"ready.{i}")))
        pid = self.holders[i].pid
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            self.first_processes[i] = int(file.read().split()[0])

    def stop(self):
        for i in list(self.holders):
            self.kill(i)

    def wait(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not there after {seconds} s")
            time.sleep(0.05)

    def enter(self, i):
        return ["nsenter", "-t", str(self.first_processes[i]), "-n", "-u", "-m", "-p", f"--wdns={os.getcwd()}", "--"]

    def on(self, i, script, check=True):
        return subprocess.run([*self.enter(i), "sh", "-c", script], check=check, env=dict(os.environ, PATH=PATH),
                              stdout=subprocess.DEVNULL if not check else None,
                              stderr=subprocess.DEVNULL if not check else None).returncode

    def mpirun(self, words, hosts=None, parameters=()):
        """Starts words on all hosts (or those named), from the first of them; returns the process. parameters: of Open
        MPI; on the command line, since those of the environment do not reach its daemons by ssh."""
        hosts = hosts or range(1, self.count + 1)
        where = ",".join(f"h{i}:{self.slots if isinstance(self.slots, int) else self.slots[i]}" for i in hosts)
        settings = dict(os.environ, PATH=PATH, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                        HDF5_USE_FILE_LOCKING="FALSE")
        command = ["mpirun", "--host", where, "--mca", "plm", "rsh", "--mca", "plm_rsh_agent",
                   f"ssh -F {self.path('ssh_config')}", "--mca", "btl", "tcp,vader,self", "--mca", "btl_tcp_if_include",
                   "eth0", "--mca", "oob_tcp_if_include", "eth0", "--mca", "pml", "ob1", "--bind-to", "none", "--mca",
                   "mpi_yield_when_idle", "1", "-x", "HDF5_USE_FILE_LOCKING",
                   *(word for name, value in dict(parameters).items() for word in ("--mca", name, value)), *words]
        return subprocess.Popen([*self.enter(list(hosts)[0]), *(str(word) for word in command)], env=settings, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=die_with_us)

    # --- what happens to hosts and their links

    def limit(self, i, rate):
        """Both directions of a host's link; rate as tc has it, "100mbit"."""
        for where, device in ((i, "eth0"), (0, f"p{i}")):
            self.on(where, f"tc qdisc replace dev {device} root tbf rate {rate} burst 64kb latency 200ms")

    def cut(self, i):
        self.on(0, f"ip link set p{i} down")

    def mend(self, i):
        self.on(0, f"ip link set p{i} up")

    def swallow(self, i):
        """The link seems to be up, and nothing comes through."""
        self.on(0, f"ip link set p{i} nomaster")

    def unswallow(self, i):
        self.on(0, f"ip link set p{i} master br0")

    def kill(self, i):
        """All that runs on the host is gone at once."""
        self.holders[i].kill()
        self.holders.pop(i).wait()

    def processes(self, i, name):
        """Those of this name that run on a host (a zombie does not: nobody there collects it)."""
        done = subprocess.run([*self.enter(i), "ps", "-eo", "pid=,stat=,comm="], capture_output=True, text=True)
        found = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
        return [pid for pid, state, command in found if command.startswith(name) and not state.startswith("Z")]
