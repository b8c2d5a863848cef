"""Ranks on three hosts over TCP: the same answer as on one; a lost link or host ends the job in time, and the next run
goes on; one that was cut off and comes back spoils nothing."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from hosts import Hosts, why_not
from test_slurm import ENDLESS, PBMC, SHORT, SOURCE, results

# As in jobs/environment.sh, but sooner: a host in silence is noticed after 3 + 2 * 1 s.
KEEPALIVE = {"oob_tcp_keepalive_time": "3", "oob_tcp_keepalive_intvl": "1", "oob_tcp_keepalive_probes": "2"}


class ThreeHosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = os.environ["REPLEARN"]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="replearn-hosts-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.hosts = Hosts(self.folder)
        self.addCleanup(self.hosts.stop)
        self.hosts.start()
        self.kept, self.output = self.path("kept"), self.path("out.h5ad")

    def path(self, name):
        return os.path.join(self.folder, name)

    def job(self, *words):
        return [self.program, "tsne", "--input", PBMC, "--output", self.output, "--quiet", *words]

    def plain(self, *words):
        subprocess.run([self.program, "tsne", "--input", PBMC, "--output", self.path("plain.h5ad"), "--quiet", *words],
                       check=True)
        return results(self.path("plain.h5ad"))

    def under_way(self, *words, hosts=None):
        """An endless job that has written a checkpoint."""
        run = self.hosts.mpirun(self.job(*ENDLESS, "--checkpoint", self.kept, *words), hosts, KEEPALIVE)
        before = self.checkpoints()
        self.hosts.wait("a checkpoint", lambda: self.checkpoints() != before or run.poll() is not None, 60)
        self.assertIsNone(run.poll(), run.stderr.read() if run.poll() is not None else "")
        return run

    def checkpoints(self):
        names = os.listdir(self.kept) if os.path.isdir(self.kept) else []
        return sorted(name for name in names if name.endswith(".h5"))

    def assert_last_is_of(self, incarnation):
        """Of the two that are kept: tsne.INCARNATION.NUMBER.h5."""
        generations = sorted(tuple(int(part) for part in name.split(".")[1:3]) for name in self.checkpoints()
                             if name.startswith("tsne."))
        self.assertLessEqual(len(generations), 2)
        self.assertEqual(generations[-1][0], incarnation)

    def finish(self, run, seconds):
        _, error = run.communicate(timeout=seconds)
        return run.returncode, error

    def stop(self, run):
        with open(os.path.join(self.kept, "replearn.stop"), "w"):
            pass
        code, error = self.finish(run, 30)
        self.assertEqual(code, 75, error)

    def test_the_same_answer_as_on_one_host(self):
        words = [*SHORT, "--frames-every", "50"]
        expected = self.plain(*words)
        self.hosts.limit(2, "50mbit")  # an uneven link changes times alone
        words += ["--checkpoint", self.kept, "--timings", self.path("timings.json")]
        code, error = self.finish(self.hosts.mpirun(self.job(*words)), 60)
        self.assertEqual(code, 0, error)
        self.assertEqual(results(self.output), expected)
        with open(self.path("timings.json")) as file:
            for phase in json.load(file)["phases"]:  # no two ranks are on one host
                self.assertEqual(phase["bytes_to_other_nodes_per_rank"], phase["bytes_sent_per_rank"], phase["name"])

    def test_two_ranks_on_each(self):
        """Ranks of a host share the map; leaders alone talk between hosts, and no more than one copy to each."""
        words = [*SHORT, "--repulsion", "barnes-hut", "--timings", self.path("timings.json")]
        expected = self.plain(*words[:-2])
        self.hosts.slots = 2
        code, error = self.finish(self.hosts.mpirun(self.job(*words)), 60)
        self.assertEqual(code, 0, error)
        self.assertEqual(results(self.output), expected)
        with open(self.path("timings.json")) as file:
            tsne = next(phase for phase in json.load(file)["phases"] if phase["name"] == "tsne")
        self.assertGreater(tsne["bytes_to_other_nodes_per_rank"], 0)
        self.assertLess(tsne["bytes_to_other_nodes_per_rank"], tsne["bytes_sent_per_rank"])

    def test_a_step_is_dealt_to_the_ranks_of_each_host(self):
        """The tests of the summed gradient, whose sums are exact, over hosts of two ranks, and of two, three and one."""
        for slots in (2, {1: 2, 2: 3, 3: 1}, {1: 2, 2: 3, 3: 2}):
            self.hosts.slots = slots
            code, error = self.finish(self.hosts.mpirun([os.environ["NN_TRAINING"], "--gtest_filter=GradientSum.*"]), 60)
            self.assertEqual(code, 0, error)

    def test_a_host_that_dies(self):
        run = self.under_way()
        self.hosts.kill(3)
        code, error = self.finish(run, 20)
        self.assertNotIn(code, (0, 75), error)
        self.assertRegex(error, "lost communication|disconnected|ORTE")
        self.stop(self.under_way(hosts=[1, 2]))  # the next run takes the job up

    def test_a_host_in_silence_and_back_again(self):
        """Nobody says that the link is gone. The job ends within 20 s; the next one has the folder, and what is left of
        the first, cut off, does not write there when it is reached again."""
        run = self.under_way()
        self.hosts.swallow(3)
        code, error = self.finish(run, 20)
        self.assertNotIn(code, (0, 75), error)
        self.assertRegex(error, "lost communication|disconnected|ORTE")
        run = self.under_way(hosts=[1, 2])
        self.hosts.unswallow(3)
        self.hosts.wait("the end of what was cut off", lambda: not self.hosts.processes(3, "replearn"), 30)
        self.assert_last_is_of(2)
        self.stop(run)

    def test_two_incarnations(self):
        """The host that writes is cut off with its whole job; a second run takes over; the link is mended."""
        first = self.under_way(hosts=[3])
        self.hosts.cut(3)
        second = self.under_way(hosts=[1, 2])
        self.hosts.mend(3)
        code, error = self.finish(first, 30)
        self.assertEqual(code, 1, error)
        self.assertIn("taken over by process", error)
        self.assertIsNone(second.poll())
        self.stop(second)
        self.assert_last_is_of(2)

    def test_a_link_cut_for_a_moment(self):
        words = ["--early-exaggeration-iterations", "50", "--iterations", "2500"]
        expected = self.plain(*words)
        run = self.hosts.mpirun(self.job(*words, "--checkpoint", self.kept, "--checkpoint-every", "0.1s"))
        self.hosts.wait("a checkpoint", lambda: self.checkpoints() or run.poll() is not None, 60)
        self.hosts.cut(2)
        time.sleep(0.5)
        self.hosts.mend(2)
        code, error = self.finish(run, 90)
        self.assertEqual(code, 0, error)
        self.assertEqual(results(self.output), expected)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        print(f"SKIPPED: no hosts of namespaces on this machine: {reason}")
        sys.exit(77)
    unittest.main()
