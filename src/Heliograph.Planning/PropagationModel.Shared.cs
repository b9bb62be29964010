// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Planning;

public sealed partial class PropagationModel
{
    /// <summary>The same steps where everything shares one machine: each is work of a thread of a process that waits for its turn, and flushes wait for one disk.</summary>
    private sealed class SharedTree(PropagationModel model, SharedMachine machine)
    {
        private readonly FairCores _cores = new(machine.Cores, (at, action) => model.Push(at, new Step(StepKind.Call, 0, [], Then: action)));
        private readonly Processor _disk = new(Math.Max(1, (int)Math.Round(machine.FlushAloneMilliseconds / machine.FlushMilliseconds)));
        private readonly double _flush = Math.Max(machine.FlushMilliseconds, machine.FlushAloneMilliseconds) / 1_000;
        private readonly Dictionary<int, PooledProcess> _processes = [];

        /// <summary>A relay takes a change: verified and durable, then it can be passed on.</summary>
        public void Apply(int index, List<Change> changes, double now)
        {
            var isRegional = model._nodes[index].Parent == 0;
            var work = (isRegional ? machine.RegionalMilliseconds : machine.ZoneMilliseconds) / 1_000;
            ProcessOf(index).Post(now, (thread, at, end) => _cores.Run(thread, at, work, applied => Flush(model._costs.FlushesPerApply, thread, 0, applied, durable =>
            {
                model.Push(durable, new Step(StepKind.Offer, index, changes));
                end(durable);
            })));
        }

        /// <summary>A node passes changes on to its relays, or to its agents.</summary>
        public void PassOn(int index, List<Change> changes, double now)
        {
            var (node, send) = (model._nodes[index], model._costs.SendMicros / 1e6);
            foreach (var child in node.Children) Send(sent => model.Push(sent, new Step(StepKind.Arrive, child, changes)));
            for (var agent = node.Agents.First; agent < node.Agents.First + node.Agents.Count; agent++)
            {
                var who = agent;
                Send(sent => Show(index, who, changes, sent));
            }
            if (node.Parent <= 0) return;
            for (var other = ZoneOf(index); other < machine.Others; other += model._shape.Relays)
            {
                var process = -1 - other;
                Send(sent =>
                {
                    Work(process, sent, machine.OtherMilliseconds / 1_000);
                    Later(sent, later => Work(process, later, machine.OtherAfterMilliseconds / 1_000));
                });
            }

            void Send(Action<double> sent) => ProcessOf(index).Post(now, (thread, at, end) => _cores.Run(thread, at, send, done =>
            {
                sent(done);
                end(done);
            }));
        }

        private void Show(int index, int agent, List<Change> changes, double now)
        {
            var costs = model._costs;
            var process = model._nodes.Count + agent / machine.AgentsPerProcess;
            var flushes = costs.FlushesPerApply * machine.FlushMicros;
            var verify = Math.Max(0, costs.ApplyMicros - flushes) / 1e6;
            var around = costs.FlushesPerApply == 0 ? 0 : Math.Min(costs.ApplyMicros, flushes) / costs.FlushesPerApply / 1e6;
            ProcessOf(process).Post(now, (thread, at, end) => _cores.Run(thread, at, verify, verified => Flush(costs.FlushesPerApply, thread, around, verified, durable =>
            {
                model.Show(model._nodes[index], agent, durable, changes);
                Later(durable, later =>
                {
                    Work(process, later, costs.AfterApplyMicros / 1e6);
                    Work(index, later, costs.ReportMicros / 1e6);
                });
                end(durable);
            })));
        }

        private void Later(double now, Action<double> work) => model.Push(now + machine.AfterSeconds, new Step(StepKind.Call, 0, [], Then: work));

        private void Work(int process, double now, double seconds)
        {
            if (seconds > 0) ProcessOf(process).Post(now, (thread, at, end) => _cores.Run(thread, at, seconds, end));
        }

        /// <summary>So many flushes one after the other, each after some work; a thread that waits for the disk leaves the core to others.</summary>
        private void Flush(int flushes, FairThread thread, double work, double now, Action<double> done)
        {
            if (flushes == 0) done(now);
            else if (work > 0) _cores.Run(thread, now, work, ToDisk);
            else ToDisk(now);

            void ToDisk(double at) => model.Push(_disk.Run(at, _flush), new Step(StepKind.Call, 0, [], Then: flushed => Flush(flushes - 1, thread, work, flushed, done)));
        }

        private PooledProcess ProcessOf(int process)
        {
            if (!_processes.TryGetValue(process, out var found)) _processes[process] = found = new(process >= model._nodes.Count ? machine.WorkersPerProcess : machine.Cores);
            return found;
        }

        /// <summary>The how-many-th zone relay a node is.</summary>
        private int ZoneOf(int index) => model._nodes.Take(index).Count(node => node.Parent > 0);
    }
}
