// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Workloads;

/// <summary>Looks twice a second at a server's memory and the kernel's: what was the most in between counts, not what is left at the end.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private readonly MeasuredProcess _server;
    private readonly ManualResetEventSlim _stop = new(false);
    private readonly Thread _thread;

    public MemoryWatch(MeasuredProcess server)
    {
        _server = server;
        (ResidentBeforeKib, KernelBeforeKib) = (server.ResidentKib, KernelMemory.TcpBuffersKib());
        _thread = new Thread(Run) { IsBackground = true, Name = "memory watch" };
        _thread.Start();
    }

    public double ResidentBeforeKib { get; }

    public double KernelBeforeKib { get; }

    /// <summary>The most resident memory seen, beyond what there was.</summary>
    public double ResidentGrowthKib { get; private set; }

    /// <summary>The most in the buffers of TCP sockets, beyond what there was.</summary>
    public double KernelGrowthKib { get; private set; }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        do
        {
            ResidentGrowthKib = Math.Max(ResidentGrowthKib, _server.ResidentKib - ResidentBeforeKib);
            KernelGrowthKib = Math.Max(KernelGrowthKib, KernelMemory.TcpBuffersKib() - KernelBeforeKib);
        }
        while (!_stop.Wait(500));
    }
}
