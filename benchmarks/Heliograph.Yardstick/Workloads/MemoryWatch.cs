// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Load;

namespace Heliograph.Yardstick.Workloads;

/// <summary>Looks twice a second at a server's memory and the kernel's: what was the most in between counts, not what is left at the end.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private readonly MeasuredProcess _server;
    private readonly int _port;
    private readonly double _residentBeforeKib, _kernelBeforeKib, _queuesBeforeKib;
    private readonly ManualResetEventSlim _stop = new(false);
    private readonly Thread _thread;

    /// <param name="server">Whose memory.</param>
    /// <param name="port">Where it serves.</param>
    public MemoryWatch(MeasuredProcess server, int port)
    {
        (_server, _port) = (server, port);
        (_residentBeforeKib, _kernelBeforeKib, _queuesBeforeKib) = (server.ResidentKib, KernelMemory.TcpBuffersKib(), KernelMemory.SendQueuesKib(port));
        _thread = new Thread(Run) { IsBackground = true, Name = "memory watch" };
        _thread.Start();
    }

    /// <summary>The most resident memory seen, beyond what there was.</summary>
    public double ResidentGrowthKib { get; private set; }

    /// <summary>The most in the buffers of TCP sockets, beyond what there was: both ends of loopback.</summary>
    public double KernelGrowthKib { get; private set; }

    /// <summary>The most in the server's send queues, beyond what there was.</summary>
    public double SendQueueGrowthKib { get; private set; }

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
            ResidentGrowthKib = Math.Max(ResidentGrowthKib, _server.ResidentKib - _residentBeforeKib);
            KernelGrowthKib = Math.Max(KernelGrowthKib, KernelMemory.TcpBuffersKib() - _kernelBeforeKib);
            SendQueueGrowthKib = Math.Max(SendQueueGrowthKib, KernelMemory.SendQueuesKib(_port) - _queuesBeforeKib);
        }
        while (!_stop.Wait(500));
    }
}
