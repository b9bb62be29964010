// SPDX-License-Identifier: Apache-2.0
using System.Collections;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Heliograph.Platform;

/// <summary>Starts this process anew.</summary>
public static partial class ProcessImage
{
    /// <summary>
    /// Replaces the process by itself: the same program, arguments, id and open standard streams, and the environment as it stands now, so that what the runtime reads before anything
    /// else can be chosen by the program. execve(2). To be called before anything was begun: threads end where they are.
    /// </summary>
    /// <returns>Why it did not work; it does not return if it did.</returns>
    [SupportedOSPlatform("linux")]
    public static unsafe string Restart()
    {
        byte[] commandLine;
        try
        {
            commandLine = File.ReadAllBytes("/proc/self/cmdline"); // every argument ends with a zero
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
        var environment = new MemoryStream();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment.Write(Encoding.UTF8.GetBytes($"{variable.Key}={variable.Value}\0"));
        fixed (byte* arguments = commandLine)
        fixed (byte* variables = environment.ToArray())
        fixed (nint* argumentList = Pointers(arguments, commandLine))
        fixed (nint* variableList = Pointers(variables, environment.GetBuffer().AsSpan(0, (int)environment.Length)))
            _ = execve("/proc/self/exe", argumentList, variableList);
        return Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
    }

    /// <summary>Where each of the texts begins that end with a zero; a zero at the end.</summary>
    private static unsafe nint[] Pointers(byte* first, ReadOnlySpan<byte> texts)
    {
        var pointers = new List<nint>();
        for (var at = 0; at < texts.Length; at += texts[at..].IndexOf((byte)0) + 1) pointers.Add((nint)(first + at));
        return [.. pointers, 0];
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int execve(string path, nint* arguments, nint* environment);
}
