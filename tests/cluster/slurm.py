"""A SLURM cluster of real daemons on one machine: munged, slurmctld and a slurmd for each node, as root.

Every slurmd lives in namespaces of its own (host name, mounts, processes): nodes of one host name would take each
other's shared memory, and a node that has its own process 1 dies as a whole when that is killed. Everything lies in one
folder; nothing is left when it is stopped.
"""

import ctypes
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun", "unshare"]

CONFIG = """
ClusterName=test
SlurmctldHost={head}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
TmpFS={folder}/tmp/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=pmix
ReturnToService=2
KillWait=10
SlurmctldTimeout=10
SlurmdTimeout=10
MinJobAge=3600
SchedulerParameters=sched_interval=1,batch_sched_delay=1,bf_interval=1,sched_min_interval=10000
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
"""


def why_not():
    """Why no cluster can be had on this machine; empty if it can."""
    if os.geteuid() != 0:
        return "not root"
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    if missing:
        return "there is no " + ", ".join(missing)
    tried = subprocess.run(["unshare", "-u", "-m", "-p", "-f", "--mount-proc", "true"], capture_output=True, text=True)
    return "" if tried.returncode == 0 else "namespaces cannot be made: " + tried.stderr.strip()


def die_with_us():
    """In a child: to be killed when this process is gone, however it went."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def free_ports(count):
    """The first of so many free ports in a row."""
    for first in range(20000 + os.getpid() % 10000, 60000, count):
        sockets = []
        try:
            for port in range(first, first + count):
                sockets.append(socket.socket())
                sockets[-1].bind(("127.0.0.1", port))
            return first
        except OSError:
            pass
        finally:
            for each in sockets:
                each.close()
    raise RuntimeError("no free ports")


class Slurm:
    """folder: short (sockets lie in it), not readable by its owner alone (munged refuses that)."""

    def __init__(self, folder, nodes=2, cpus=8, spare=0):
        """spare: the last so many nodes, which take jobs that --prefer=spare; others --exclude them."""
        self.folder, self.nodes = folder, nodes + spare
        nodes = self.nodes
        self.processes = {}
        os.chmod(folder, 0o711)
        for name in ["state", *(f"{kind}/n{i + 1}" for kind in ("spool", "tmp") for i in range(nodes))]:
            os.makedirs(self.path(name))
        port = free_ports(nodes + 1)
        with open(self.path("slurm.conf"), "w") as file:
            file.write(CONFIG.format(folder=folder, port=port, head=socket.gethostname().split(".")[0]))
            for i in range(1, nodes + 1):
                file.write(f"NodeName=n{i} NodeHostname=n{i} NodeAddr=127.0.0.1 Port={port + i} CPUs={cpus} "
                           f"RealMemory=4000{' Feature=spare' if i > nodes - spare else ''}\n")
            file.write(f"PartitionName=main Nodes=n[1-{nodes}] Default=YES MaxTime=INFINITE DefaultTime=60 State=UP\n")
        self.environment = dict(
            os.environ, SLURM_CONF=self.path("slurm.conf"), PATH=os.environ["PATH"] + ":/usr/sbin:/sbin",
            OMPI_MCA_btl_tcp_if_include="lo", OMPI_MCA_oob_tcp_if_include="lo",
            OMPI_MCA_hwloc_base_binding_policy="none", OMPI_MCA_mpi_yield_when_idle="1")

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        with open(os.open(self.path("munge.key"), os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(1024))
        self.spawn("munged", "munged", "-F", "--force", *(f"--{option}={self.path('munge.' + end)}" for option, end in [
            ("key-file", "key"), ("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed")]))
        self.wait("munged", lambda: os.path.exists(self.path("munge.socket")))
        self.spawn("slurmctld", "slurmctld", "-D", "-f", self.path("slurm.conf"))
        self.wait("slurmctld", lambda: " is UP" in self.run("scontrol", "ping").stdout)
        for i in range(1, self.nodes + 1):
            self.start_node(f"n{i}")
        self.wait("nodes", lambda: len(self.nodes_in("idle")) == self.nodes)

    def start_node(self, node):
        # What a killed step leaves behind would make the next one of its number fail.
        for kind in ("spool", "tmp"):
            shutil.rmtree(self.path(f"{kind}/{node}"))
            os.makedirs(self.path(f"{kind}/{node}"))
        script = ('hostname "$1"; mount -t tmpfs -o mode=1777 tmpfs /dev/shm; '
                  'slurmd -D -N "$1" -f "$2" & wait $!')
        self.spawn(node, "unshare", "-u", "-m", "-p", "-f", "--kill-child=KILL", "--mount-proc", "bash", "-c", script,
                   "slurmd", node, self.path("slurm.conf"))

    def spawn(self, name, *command):
        log = open(self.path(name + ".out"), "ab")
        self.processes[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                env=self.environment, start_new_session=True, preexec_fn=die_with_us)
        log.close()

    def crash(self, node):
        """All that runs on the node is gone at once."""
        self.processes[node].kill()
        self.processes.pop(node).wait()

    def stop(self):
        for name in [name for name in self.processes if re.match(r"n\d", name)]:
            self.crash(name)
        for name in ("slurmctld", "munged"):
            if name in self.processes:
                self.processes[name].terminate()
                try:
                    self.processes.pop(name).wait(5)
                except subprocess.TimeoutExpired:
                    self.processes[name].kill()

    # --- as a user

    def run(self, *command, **options):
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, env=self.environment,
                              timeout=60, **options)

    def submit(self, *words, **options):
        done = self.run("sbatch", "--parsable", *words, **options)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip().split(";")[0]

    def nodes_in(self, state):
        done = self.run("sinfo", "-h", "-N", "-t", state, "-o", "%n")
        return sorted(set(done.stdout.split()))

    def job(self, number):
        """What SLURM knows of a job (of the first of an array): JobState, ExitCode, Restarts, ..."""
        return dict(re.findall(r"(\w+)=(\S*)", self.run("scontrol", "-o", "show", "job", number).stdout.split("\n")[0]))

    def wait(self, what, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not there after {seconds} s")
            time.sleep(0.2)

    def wait_for_state(self, number, *states, seconds=120):
        self.wait(f"job {number} in {states}", lambda: self.job(number).get("JobState") in states, seconds)
        return self.job(number)
