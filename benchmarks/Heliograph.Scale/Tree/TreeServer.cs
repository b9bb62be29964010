// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Scale.Tree;

/// <summary>A server of the tree, origin or relay: its process, and what starts it again.</summary>
internal sealed class TreeServer(string name, string address, Func<string, MeasuredProcess> start, string directory)
{
    private readonly List<string> _logs = [];

    public string Name => name;

    /// <summary>What each life of it wrote.</summary>
    public IReadOnlyList<string> Logs => _logs;

    public string Address => address;

    public MeasuredProcess Process { get; private set; } = null!;

    /// <summary>Starts it, for the first time or again.</summary>
    public void Start()
    {
        Process?.Dispose();
        _logs.Add(Path.Combine(directory, $"{name}-{_logs.Count}.log"));
        Process = start(_logs[^1]);
    }

    /// <summary>Waits for it.</summary>
    /// <returns>The line with which it says that it is ready.</returns>
    public string WaitUntilReady() => Process.WaitForReadyLine(TreePlan.StartWithin);
}
