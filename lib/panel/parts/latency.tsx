import type { Detail, Percentiles } from '../../contract.ts'
import { useLanguage } from '../text/language.tsx'

/** Percentiles of the time from arrival to the 200, and to the settled update. */
export function Latency({ latency }: { latency: Detail['latency'] }) {
  const { text, format } = useLanguage()
  const row = (name: string, { count, p50_ms, p95_ms, p99_ms }: Percentiles) => (
    <tr>
      <th scope="row">{name}</th>
      <td>{format.ms(p50_ms)}</td>
      <td>{format.ms(p95_ms)}</td>
      <td>{format.ms(p99_ms)}</td>
      <td>{format.number(count)}</td>
    </tr>
  )
  return (
    <section class="latency">
      <h2>
        {text.latency.title} <small>{text.latency.within}</small>
      </h2>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">p50</th>
            <th scope="col">p95</th>
            <th scope="col">p99</th>
            <th scope="col">{text.latency.count}</th>
          </tr>
        </thead>
        <tbody>
          {row(text.latency.ack, latency.ack)}
          {row(text.latency.endToEnd, latency.end_to_end)}
        </tbody>
      </table>
    </section>
  )
}
